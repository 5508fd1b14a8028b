"""Folders of labelled pictures: ``{class}_{id}.png``, ``id2label.json`` and, where known, ``drawings.json``."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from rediffuse.data.picture_files import ENDINGS, KINDS, picture_files, read_picture, tell_unread, visible
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.text import as_shown

LABELS = "id2label.json"
DRAWINGS = "drawings.json"
TABLES = (LABELS, DRAWINGS)


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


def read_labelled(folder: str | Path, tables: Path | None = None) -> LabelledSet:
    """Read a folder of ``{class}_{id}.png`` with its ``id2label.json``.

    ``id2label.json`` maps numbers to labels: ``{"0": "cat", "1": "pine_tree"}``. What stands before
    the last underscore of a file's name is a number of that table, as in ``1_017.png``, or else a label,
    its spaces written as underscores, as in ``pine_tree_017.png``. JPEG and WEBP are read alike; what is no picture
    is named on standard error.
    ``drawings.json``, which need not be there, maps files to drawings: ``{"cat_0.png": "twemoji/17"}``.

    Args:
        tables: where both tables lie, if not beside the pictures.

    Raises:
        InputError: the folder or the table is missing or malformed, a label or a number is there twice, there is
            one class alone, a file has no class, a class has no file, a picture is unreadable, or there is none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected {{class}}_{{id}}.png and {LABELS} in it")
    tables = tables or folder
    table = _read_table(tables / LABELS)
    names = tuple(table.values())
    classes = {label.replace(" ", "_"): index for index, label in enumerate(names)}
    classes |= {key: index for index, key in enumerate(table)}  # a number is a number, even where a label is one
    paths = picture_files(folder, known=TABLES)
    if not paths:
        raise InputError(f"{folder}: holds no {KINDS}; expected {{class}}_{{id}}.png for each class of {LABELS}")
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
        drawings=_read_drawings(tables / DRAWINGS, tuple(path.name for path in paths)),
    )


def locate_labelled(folder: Path) -> tuple[Path, Path]:
    """Where the pictures of a labelled folder lie, and where its tables.

    The tables may lie one level above the pictures, as the course has them: its ``clip_zeroshot`` and
    ``clip_zeroshot/val`` are both this folder. Of several folders of pictures ``val`` is read.

    Raises:
        InputError: there is no such folder, or it has several folders of pictures and no ``val``.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected {{class}}_{{id}}.png and {LABELS} in it")
    pictures = folder
    if not _holds_pictures(folder):
        below = sorted(path for path in visible(folder) if path.is_dir() and _holds_pictures(path))
        named = [path for path in below if path.name == "val"] or below
        if len(named) > 1:
            found = ", ".join(path.name for path in named[:5])
            raise InputError(f"{folder}: pictures lie in {found}; name one of these folders")
        pictures = named[0] if named else folder
        if named:
            tell_unread(folder, (path.name for path in visible(folder) if path != pictures and path.name not in TABLES))
    tables = next((place for place in (pictures, pictures.parent) if (place / LABELS).is_file()), pictures)
    return pictures, tables


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
    """Copy the pictures and tables of a labelled folder, and nothing else, into an empty one.

    Raises:
        InputError: as ``locate_labelled`` and ``read_labelled`` do.
    """
    pictures, tables = locate_labelled(source)
    for name in read_labelled(pictures, tables).files:
        shutil.copyfile(pictures / name, folder / name)
    for name in TABLES:
        if (tables / name).is_file():
            shutil.copyfile(tables / name, folder / name)


def _holds_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in ENDINGS for path in visible(folder))


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
    numbers: dict[int, str] = {}
    for key, label in pairs:
        if (
            not (key.isascii() and key.isdigit() and len(key) < 10)
            or not isinstance(label, str)
            or not label.strip()
            or label != as_shown(label)
        ):
            raise InputError(f"{path}: found {key!r}: {str(label)!r:.60}; {expected}")
        spelled = label.replace(" ", "_")
        if int(key) in numbers:
            raise InputError(f"{path}: {numbers[int(key)]!r} and {key!r} are one number twice; each number once")
        if spelled in seen:
            raise InputError(f"{path}: {seen[spelled]!r} and {key!r} are both {label!r}; each label once")
        table[key] = label
        seen[spelled] = numbers[int(key)] = key
    if len(table) < 2:
        raise InputError(f"{path}: found one class, {label!r}; expected 2 or more, between which CLIP chooses")
    return dict(sorted(table.items(), key=lambda item: int(item[0])))
