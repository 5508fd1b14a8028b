"""Folders of labelled pictures: ``{class}_{id}.png``, ``id2label.json`` and, where known, ``drawings.json``."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.text import as_shown

LABELS = "id2label.json"
DRAWINGS = "drawings.json"


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Pictures with one label each.

    Attributes:
        images: uint8 [3, H, W] each; their sizes may differ.
        labels: int64 [N], indices into ``names``.
        names: labels as ``id2label.json`` has them, by rising number.
        files: names of the files, sorted; picture i comes out of file i.
        drawings: what each picture was made from, such as ``twemoji/17``: the artist and a name. Pictures of one
            drawing are not independent. Where the folder does not say it, each picture is its own.
    """

    images: tuple[Tensor, ...]
    labels: Tensor
    names: tuple[str, ...]
    files: tuple[str, ...]
    drawings: tuple[str, ...]

    @property
    def artists(self) -> tuple[str, ...]:
        """The artist of each picture's drawing, or nothing where the folder does not say it."""
        return tuple(name.rpartition("/")[0] for name in self.drawings)

    def __len__(self) -> int:
        return len(self.images)


def read_labelled(folder: str | Path) -> LabelledSet:
    """Read a folder of ``{class}_{id}.png`` with its ``id2label.json``.

    ``id2label.json`` maps numbers to labels: ``{"0": "cat", "1": "pine_tree"}``. What stands before
    the last underscore of a file's name is a number of that table, as in ``1_017.png``, or else a label,
    its spaces written as underscores, as in ``pine_tree_017.png``. What is no PNG is left alone.
    ``drawings.json``, which need not be there, maps files to drawings: ``{"cat_0.png": "twemoji/17"}``.

    Raises:
        InputError: the folder or the table is missing or malformed, a label is there twice, a file has no
            class, a class has no file, a picture is unreadable, or there is none at all.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected {{class}}_{{id}}.png and {LABELS} in it")
    table = _read_table(folder / LABELS)
    names = tuple(table.values())
    classes = {label.replace(" ", "_"): index for index, label in enumerate(names)}
    classes |= {key: index for index, key in enumerate(table)}  # a number is a number, even where a label is one
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".png" and path.name[0] != ".")
    if not paths:
        raise InputError(f"{folder}: holds no PNG; expected {{class}}_{{id}}.png for each class of {LABELS}")
    labels = [_class_of(path, classes) for path in paths]
    without = [name for index, name in enumerate(names) if index not in set(labels)]
    if without:
        more = f" (and {len(without) - 1} more)" if len(without) > 1 else ""
        raise InputError(f"{folder}: no file of class '{without[0]}'{more}; each class of {LABELS} needs one")
    return LabelledSet(
        images=tuple(read_picture(path) for path in paths),
        labels=torch.tensor(labels),
        names=names,
        files=tuple(path.name for path in paths),
        drawings=_read_drawings(folder / DRAWINGS, tuple(path.name for path in paths)),
    )


def read_picture(path: str | Path) -> Tensor:
    """A picture of any size and mode as uint8 [3, H, W].

    Raises:
        InputError: there is no such file, or it is no readable picture.
    """
    try:
        with Image.open(path) as image:
            return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected a picture") from None
    except Exception as error:  # Pillow's readers raise whatever they stumble over
        raise InputError(f"{path}: not readable as a picture ({' '.join(str(error).split())[:120]})") from None


def write_labelled(folder: Path, images: Tensor, labels: Tensor, names: tuple[str, ...]) -> None:
    """Write such a folder, the pictures of each class numbered from 0.

    Args:
        folder: an empty folder.
        images: uint8 [N, 3, H, W].
        labels: int64 [N], indices into ``names``.
        names: K labels.
    """
    counted = [0] * len(names)
    for image, label in zip(images, labels.tolist(), strict=True):
        name = f"{names[label].replace(' ', '_')}_{counted[label]}.png"
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / name, compress_level=9)
        counted[label] += 1
    table = json.dumps({str(index): name for index, name in enumerate(names)}, indent=2, ensure_ascii=False)
    (folder / LABELS).write_text(table + "\n", encoding="utf-8")


def copy_labelled(source: Path, folder: Path) -> None:
    """Copy a folder that ``read_labelled`` can read, its pictures and tables and nothing else, into an empty one.

    Raises:
        InputError: as ``read_labelled`` does.
    """
    tables = [name for name in (LABELS, DRAWINGS) if (source / name).is_file()]
    for name in (*read_labelled(source).files, *tables):
        shutil.copyfile(source / name, folder / name)


def _class_of(path: Path, classes: dict[str, int]) -> int:
    name, underscore, number = path.stem.rpartition("_")
    if not (name and underscore and number):
        raise InputError(f"{path}: no class in its name; expected {{class}}_{{id}}.png")
    if name not in classes:
        raise InputError(f"{path}: class '{name}' is neither a number nor a label of {LABELS}")
    return classes[name]


def _read_drawings(path: Path, files: tuple[str, ...]) -> tuple[str, ...]:
    """The drawing of each file; the file itself where there is no such table."""
    if not path.exists():
        return files
    expected = 'expected an object of files and drawings, {"cat_0.png": "twemoji/17", …}'
    table = read_json(path, expected)
    if not isinstance(table, dict) or not all(isinstance(name, str) and name for name in table.values()):
        raise InputError(f"{path}: found other than names; {expected}")
    without = next((file for file in files if file not in table), None)
    if without is not None:
        raise InputError(f"{path}: no drawing of '{without}'; {expected}")
    return tuple(table[file] for file in files)


def _read_table(path: Path) -> dict[str, str]:
    """Numbers, as written, to labels, by rising number."""
    expected = 'expected an object of numbers and labels, {"0": "cat", …}'
    pairs = read_json(path, expected, pairs=True)
    if not isinstance(pairs, list) or not pairs or not all(isinstance(pair, tuple) for pair in pairs):
        raise InputError(f"{path}: found no object, or an empty one; {expected}")
    table: dict[str, str] = {}
    seen: dict[str, str] = {}
    for key, label in pairs:
        if (
            not (key.isascii() and key.isdigit())
            or not isinstance(label, str)
            or not label.strip()
            or label != as_shown(label)
        ):
            raise InputError(f"{path}: found {key!r}: {str(label)!r:.60}; {expected}")
        spelled = label.replace(" ", "_")
        if key in table or spelled in seen:
            other = key if key in table else seen[spelled]
            raise InputError(f"{path}: {other!r} and {key!r} are both {label!r}, or one number twice; each label once")
        table[key], seen[spelled] = label, key
    return dict(sorted(table.items(), key=lambda item: int(item[0])))
