"""``python -m benchmarks.profile_results``: record what a run with a profile measured, for the table in README.

The numbers go to ``benchmarks/profiles.json``. Readers' answers to a blind test of the same run are scored with
``python -m benchmarks.naming score --kept benchmarks/naming_PROFILE``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rediffuse.pipeline import stage
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.report.profile_table import PROFILES, profile_numbers
from rediffuse.report.readme import write_tables


def record(profile: str, run: Path) -> dict[str, Any]:
    """Record the numbers of the run in the folder ``run``; those of other profiles stay.

    Raises:
        InputError: there is no such profile, or the run has no metrics.
    """
    if not Path(f"profiles/{profile}.yaml").is_file():
        allowed = ", ".join(sorted(path.stem for path in Path("profiles").glob("*.yaml")))
        raise InputError(f"--profile: found {profile}; allowed are {allowed}")
    known: dict[str, Any] = read_json(PROFILES, "expected numbers of profiles") if PROFILES.exists() else {}
    known[profile] = profile_numbers(run)
    stage.write_json(PROFILES, known)
    write_tables()
    return known


def main(arguments: list[str] | None = None) -> None:
    """Record, and say where."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_results", description=__doc__)
    parser.add_argument("--profile", required=True, help="name of a file in profiles/, without .yaml")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    args = parser.parse_args(arguments)
    try:
        record(args.profile, args.run)
    except InputError as error:
        stage.fail("profile_results", str(error))
    print(f"{PROFILES} and the table in README have the numbers of {args.run}")


if __name__ == "__main__":
    main()
