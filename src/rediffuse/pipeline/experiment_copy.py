"""Experiments in a copy of the project: ``dvc exp run --temp`` and ``--queue`` copy only what Git and DVC track."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rediffuse.pipeline.errors import InputError

COPIES = Path(".dvc/tmp/exps")  # below it DVC runs experiments in copies
INPUTS = ("folder", "noises")  # keys of params.yaml that name a folder of the user's
MODELS = ("model", "controlnet")  # keys that name a model's folder, which is there or not as a whole


def original_project(here: Path) -> Path | None:
    """The project that ``here`` is an experiment's copy of, or None if it is no copy."""
    for parent in here.resolve().parents:
        if parent.parts[-len(COPIES.parts) :] == COPIES.parts:
            return parent.parents[len(COPIES.parts) - 1]
    return None


def check_paths(section: Any, name: str, here: Path) -> None:
    """Check that the copy has what the section's relative paths have in the original project.

    Args:
        section: a section of params.yaml as it is read.
        name: the section, for the message.
        here: the folder in which the stage runs; nothing is checked if it is no experiment's copy.

    Raises:
        InputError: a relative path, or a file in its folder, is in the original project but not in the copy.
    """
    original = original_project(here)
    if original is None:
        return
    for key, text in named_paths(section, name):
        files = key.split(".")[-1] in INPUTS
        missing = [] if Path(text).is_absolute() else missing_files(Path(text), original, here, files)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"{key}: {missing[0]}{more} is not in this experiment's copy of the project, since dvc exp run --temp "
                "and --queue copy only what Git and DVC track; give an absolute path, or git add a folder of the "
                "project, or copy it with --copy-paths"
            )


def named_paths(section: Any, where: str) -> Iterator[tuple[str, str]]:
    """Dotted key and value of each key that names a path."""
    for key, value in section.items() if isinstance(section, dict) else ():
        if isinstance(value, dict):
            yield from named_paths(value, f"{where}.{key}")
        elif key in INPUTS + MODELS and isinstance(value, str) and value:
            yield f"{where}.{key}", value


def missing_files(path: Path, original: Path, here: Path, files: bool) -> list[str]:
    """What lies at ``path`` in the original project and not in the copy: the path, or with ``files`` files in it."""
    if not (original / path).exists():
        return []
    if not (here / path).exists():
        return [str(path)]
    if not files:
        return []
    listed = subprocess.run(
        ["git", "-C", str(original), "ls-files", "-oz", "--exclude=.*", "--", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [file for file in sorted(filter(None, listed.stdout.split("\0"))) if not (here / file).exists()]
