"""Lay a profile over params.yaml: ``python -m tools.apply_profile smoke``.

The comments and the order of params.yaml stay, and `git diff` shows only the keys that the profile changes.
"""

from __future__ import annotations

import argparse
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import new_file
from tools.check_params import check

PROFILES = Path("profiles")


def overlay(base: dict[str, Any], changes: dict[str, Any], where: str) -> None:
    """Write ``changes`` into ``base``, in place.

    Raises:
        InputError: a key of the profile is not in params.yaml.
    """
    for key, value in changes.items():
        if key not in base:
            raise InputError(f"{where}{key}: unknown key; allowed here: {', '.join(base)}")
        if isinstance(value, dict) and isinstance(base[key], dict):
            overlay(base[key], value, f"{where}{key}.")
        else:
            base[key] = value


def apply(profile: str, params: Path = Path("params.yaml"), folder: Path = PROFILES) -> None:
    """Lay ``profiles/{profile}.yaml`` over ``params``; what comes out is checked before it is written.

    Raises:
        InputError: there is no such profile, or params.yaml would be wrong with it.
    """
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    if profile not in names:
        raise InputError(f"PROFILE: found '{profile}', allowed: {', '.join(names)}")
    path = folder / f"{profile}.yaml"
    read_yaml(params)  # tells in one line what is wrong with it, where it is no YAML mapping
    yaml = YAML()  # writes as `dvc exp run -S` does, so that a changed value is a changed line
    content = yaml.load(params.read_text(encoding="utf-8"))
    overlay(content, read_yaml(path), f"{path}: ")
    text = StringIO()
    yaml.dump(content, text)
    with new_file(params) as part:
        part.write_text(text.getvalue(), encoding="utf-8")
        check(read_yaml(part), f"params.yaml with {path}")


def main() -> None:
    """Lay the profile named on the command line over params.yaml."""
    parser = argparse.ArgumentParser(prog="make profile", description="Lay profiles/NAME.yaml over params.yaml.")
    parser.add_argument("name", help="smoke, long, report …")
    name = parser.parse_args().name
    try:
        apply(name)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(f"params.yaml now holds the profile {name}; `git diff params.yaml` shows what changed")


if __name__ == "__main__":
    main()
