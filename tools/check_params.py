"""All of params.yaml against its schemas: ``python -m tools.check_params [FILE]``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import Section, read_yaml, validate

PACKAGE = Path(__file__).parents[1] / "src" / "rediffuse"


def schemas() -> dict[str, type[Section]]:
    """The schema of each stage, in the order of the alphabet.

    It is the class ``Params`` of a module whose name ends in ``params`` and that names its ``STAGE``.
    """
    places = sorted(path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*params.py"))
    modules = [importlib.import_module(".".join((PACKAGE.name, *place.parts))) for place in places]
    found = {module.STAGE: module.Params for module in modules if hasattr(module, "STAGE")}
    return dict(sorted(found.items()))


def check(content: dict[str, Any], where: str) -> None:
    """Check every section.

    Raises:
        InputError: a section is missing or unknown, or a key of one is wrong.
    """
    known = schemas()
    for name in content:
        if name not in known:
            raise InputError(f"{where}: unknown section {str(name)[:80]!r}; allowed: {', '.join(known)}")
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
