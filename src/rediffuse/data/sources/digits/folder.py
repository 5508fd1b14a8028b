"""The course's folder layout: ``{mnistm,svhn}/data/*.png`` with ``train.csv`` and ``val.csv``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from rediffuse.data.digits.dataset import SIZE, Digits, Split
from rediffuse.data.sources.randomness import block_rng
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import check_regular

COLUMNS = ["image_name", "label"]
_VAL_SHARE = 10  # validation takes at most one row of ten out of train.csv


def read_folder(folder: Path, set_name: str, split: Split, counts: dict[Split, int], seed: int) -> tuple[Digits, int]:
    """One split of a set of the user's own.

    ``train.csv`` is shuffled and cut into validation and training, so no image is in both;
    ``val.csv`` is the test split. Where there are fewer images than asked for, all are taken.

    Args:
        folder: holds ``{set_name}/data``, ``{set_name}/train.csv``, ``{set_name}/val.csv``.
        counts: the most images of each split.
        seed: root seed of the shuffle.

    Returns:
        The digits, and how many images were resized to 28x28.

    Raises:
        InputError: a list or an image is missing or unreadable, a column is unknown, a label is
            outside 0 to 9, a name comes twice; the line says file and line number.
    """
    rows = read_rows(folder / set_name, "val.csv" if split == "test" else "train.csv")
    order = block_rng(seed, f"{set_name}/order", "test" if split == "test" else "train", 0).permutation(len(rows))
    if split != "test":
        val = min(counts["val"], len(rows) // _VAL_SHARE)
        if not val:
            raise InputError(
                f"{folder / set_name / 'train.csv'}: found {len(rows)} images, expected {_VAL_SHARE} or more"
            )
        order = order[-val:] if split == "val" else order[: len(rows) - val]
    chosen = [rows[i] for i in order[: counts[split]]]
    pairs = [_read_image(path, where) for path, _, where in chosen]
    images = np.stack([image for image, _ in pairs])
    return Digits(images, np.array([label for _, label, _ in chosen], np.uint8)), sum(done for _, done in pairs)


def read_rows(folder: Path, name: str) -> list[tuple[Path, int, str]]:
    """Image path, label and place ("file, line n") of each row of a list."""
    path = folder / name
    check_regular(path, "expected the columns image_name,label")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not readable as CSV ({error})") from None
    found = lines[0] if lines else []
    if sorted(found) != sorted(COLUMNS):
        raise InputError(f"{path}, line 1: found the columns {','.join(found)[:80]!r}, expected image_name,label")
    rows: list[tuple[Path, int, str]] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        where = f"{path}, line {number}"
        if len(line) != len(COLUMNS):
            raise InputError(f"{where}: found {len(line)} values, expected image_name and label")
        image, label = line[found.index("image_name")], line[found.index("label")].strip()
        if label not in set("0123456789"):
            raise InputError(f"{where}: found label {label[:20]!r}, allowed are 0 to 9")
        if not image or image in seen:
            raise InputError(f"{where}: found image_name {image[:80]!r}, expected a name that no other line has")
        if Path(image).name != image:
            raise InputError(f"{where}: found image_name {image[:80]!r}, expected a file name inside {folder / 'data'}")
        seen[image] = number
        rows.append((folder / "data" / image, int(label), where))
    if not rows:
        raise InputError(f"{path}: found no images, expected one a line")
    return rows


def _read_image(path: Path, where: str) -> tuple[npt.NDArray[np.uint8], bool]:
    try:
        with Image.open(path) as image:
            resized = image.size != (SIZE, SIZE)
            colour = image.convert("RGB")
    except FileNotFoundError:
        raise InputError(f"{where}: {path}: no such image") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: {path}: not a readable image ({error})") from None
    if resized:
        colour = colour.resize((SIZE, SIZE), Image.Resampling.BICUBIC)  # Pillow's reduces with antialiasing
    return np.asarray(colour), resized
