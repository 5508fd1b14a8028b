"""Files and folders that a stage writes: whole or not at all, in the place of the old ones."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.locks import hold


@contextlib.contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """A folder to fill, put in the place of ``path`` only when the block ends well.

    Where ``path`` is a link to a folder, that folder is replaced, and the link stays.

    Raises:
        InputError: something other than a folder is in the place, a folder in it cannot be emptied, a link leads to
            no place, or another process is writing it.
    """
    place = _replaceable(Path(path))
    with _beside(place) as beside:
        beside.mkdir()
        yield beside
        if place.is_dir():
            old = beside.with_name(f"{beside.name}.old.part")
            place.replace(old)
            try:
                beside.replace(place)
            except OSError:
                old.replace(place)
                raise
            shutil.rmtree(old, ignore_errors=True)
        else:
            beside.replace(place)


@contextlib.contextmanager
def new_file(path: str | Path) -> Iterator[Path]:
    """A file to write, put in the place of ``path`` only when the block ends well.

    A link in the place is replaced by the file: DVC's links lead into its cache, which nobody may change.

    Raises:
        InputError: a folder is in the place, or another process is writing it.
    """
    place = Path(path)
    if place.is_dir() and not place.is_symlink():
        raise InputError(f"{place}: found a folder, expected a file or nothing; move it away")
    with _beside(place) as beside:
        yield beside
        beside.replace(place)


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write JSON that Git can review: sorted as given, indented, newline at the end."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with new_file(path) as part:
        # A byte of a file's name that is no UTF-8 is a lone surrogate; escaped with a backslash, it is JSON's own form.
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


def _replaceable(path: Path) -> Path:
    """The folder that is to be replaced, links followed, after a look at whether it can be."""
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    if place.is_symlink() or (path.is_symlink() and not place.parent.is_dir()):
        raise InputError(f"{path}: found a link to {path.readlink()}, which leads nowhere; mend or remove the link")
    if place.exists() and not place.is_dir():
        raise InputError(f"{path}: found a file, expected a folder or nothing; move it away")
    for folder, _, _ in os.walk(place):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise InputError(f"{folder}: cannot be emptied by this user; check its owner and mode")
    return place


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A free name beside ``path``; whatever has it when the block ends is removed.

    The name is this process's own, so what a killed process left is never in the way; it is removed where it can be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with hold(path.with_name(f".{path.name}.lock.part"), str(path)):
        for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}.part*"):
            _remove(left)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            yield beside
        finally:
            _remove(beside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
