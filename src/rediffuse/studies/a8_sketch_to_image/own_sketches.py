"""The user's own drawings of study A8: found, read and given their prompts before anything is drawn."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from rediffuse.data.picture_files import picture_files
from rediffuse.models.controlnet.sketches import read_sketch
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import user_path
from rediffuse.studies.a8_sketch_to_image.params import OwnSection

KEY = "sketch_to_image.own"


@dataclass(frozen=True, eq=False)
class OwnSketch:
    """A drawing of the user's: its lines, bool [side, side], and its prompt."""

    lines: Tensor
    prompt: str


def read_own(own: OwnSection, side: int) -> dict[str, OwnSketch]:
    """Read the user's drawings, by file name without its ending; of an empty folder none.

    A prompt of a drawing that is not there is named on standard error.

    Raises:
        InputError: there is no such folder, two files have one name, or one cannot be read.
    """
    folder = user_path(own.folder, f"{KEY}.folder")
    if not folder.is_dir():
        raise InputError(f"{KEY}.folder: {folder}: no such folder; an empty one is allowed")
    files: dict[str, Path] = {}
    for path in picture_files(folder):
        name = _composed(path.stem)
        if name in files:
            raise InputError(f"{folder}: {files[name].name} and {path.name} have one name; rename one of them")
        files[name] = path
    prompts = {_composed(name): prompt for name, prompt in own.prompts.items()}
    unknown = [name for name in prompts if name not in files]
    if unknown:
        found = ", ".join(files) or "none"
        print(f"{KEY}.prompts: no drawing {', '.join(unknown)} in {folder}, which has {found}", file=sys.stderr)
    return {name: OwnSketch(read_sketch(path, side), prompts.get(name, own.prompt)) for name, path in files.items()}


def _composed(name: str) -> str:
    """A name with each accent in its letter, as keyboards write it; macOS keeps them apart in file names."""
    return unicodedata.normalize("NFC", name)
