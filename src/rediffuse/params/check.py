"""All of params.yaml against its schemas: ``python -m rediffuse.params.check [FILE]``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from rediffuse.errors import InputError
from rediffuse.params.base import Section, read_yaml, validate


def schemas() -> dict[str, type[Section]]:
    """The schema of each stage, in the order of the alphabet: what this folder names ``Params``."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = {name: importlib.import_module(f"rediffuse.params.{name}") for name in names}
    return {name: module.Params for name, module in modules.items() if hasattr(module, "Params")}


def check(content: dict[str, Any], where: str) -> None:
    """Check every section.

    Raises:
        InputError: a section is missing or unknown, or a key of one is wrong.
    """
    known = schemas()
    for name in content:
        if name not in known:
            raise InputError(f"{where}: unknown section '{name}'; allowed: {', '.join(known)}")
    for name, schema in known.items():
        if name not in content:
            raise InputError(f"{where}: section '{name}' is missing")
        validate(schema, content[name], name)


def main() -> None:
    """Check the file named on the command line, or params.yaml."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "params.yaml")
    try:
        check(read_yaml(path), str(path))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
