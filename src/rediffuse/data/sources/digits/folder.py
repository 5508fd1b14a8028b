"""The course's folder layout: ``{mnistm,svhn}/data/*.png`` with ``train.csv`` and ``val.csv``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL.Image import Resampling

from rediffuse.data.digits.dataset import LEAST_EACH, NUM_DIGITS, SIZE, Digits, Split, check_each_digit
from rediffuse.data.picture_files import read_image, tell_unread, visible
from rediffuse.data.sources.shared.randomness import block_rng
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import check_regular

COLUMNS = ["image_name", "label"]
_VAL_SHARE = 10  # validation takes one row of ten of each digit out of train.csv


class Row(NamedTuple):
    """A row of a list: its image, its label, and where it stands, as ``file, line n``."""

    image: Path
    label: int
    where: str


class Lists(NamedTuple):
    """Both lists of a set."""

    train: list[Row]
    test: list[Row]


def read_lists(folder: Path, set_name: str) -> Lists:
    """Both lists of a set, before an image is read.

    Images that neither list names are counted on standard error.

    Args:
        folder: holds ``{set_name}/data``, ``{set_name}/train.csv``, ``{set_name}/val.csv``.

    Raises:
        InputError: a list is missing or unreadable, a column is unknown, a label is outside 0 to 9, a name comes
            twice, an image is missing, ``train.csv`` has too few of a digit; the line says file and line number.
    """
    place = folder / set_name
    lists = Lists(read_rows(place, "train.csv"), read_rows(place, "val.csv"))
    labels = np.array([row.label for row in lists.train])
    check_each_digit(labels, str(place / "train.csv"), "training and validation share them", 2 * LEAST_EACH)
    named = {row.image.name for rows in lists for row in rows}
    unnamed = sorted(path.name for path in visible(place / "data") if path.name not in named)
    tell_unread(place / "data", unnamed, "neither train.csv nor val.csv names it")
    return lists


def read_folder(lists: Lists, set_name: str, split: Split, counts: dict[Split, int], seed: int) -> tuple[Digits, int]:
    """One split of a set of the user's own.

    ``train.csv`` is shuffled and cut into validation and training, so no image is in both. Validation takes a tenth
    of each digit's images, LEAST_EACH at least. ``val.csv`` is the test split. Where there are fewer images than asked
    for, all are taken.

    Args:
        lists: what ``read_lists`` gives.
        counts: the most images of each split.
        seed: root seed of the shuffle.

    Returns:
        The digits, and how many images were resized to 28x28.

    Raises:
        InputError: an image is unreadable; the line says file and line number.
    """
    rows = lists.test if split == "test" else lists.train
    order = block_rng(seed, f"{set_name}/order", "test" if split == "test" else "train", 0).permutation(len(rows))
    if split != "test":
        val = _validation(np.array([rows[i].label for i in order]), counts["val"])
        order = order[val if split == "val" else ~val]
    chosen = [rows[i] for i in order[: counts[split]]]
    pairs = [_read_image(row) for row in chosen]
    images = np.stack([image for image, _ in pairs])
    return Digits(images, np.array([row.label for row in chosen], np.uint8)), sum(done for _, done in pairs)


def _validation(labels: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.bool_]:
    """Which of the shuffled rows validation takes: the last ones of each digit, bool [N], ``most`` at most."""
    taken = np.zeros(len(labels), np.bool_)
    for digit in range(NUM_DIGITS):
        places = np.flatnonzero(labels == digit)
        count = min(max(len(places) // _VAL_SHARE, LEAST_EACH), most // NUM_DIGITS)
        taken[places[len(places) - count :]] = True
    return taken


def read_rows(folder: Path, name: str) -> list[Row]:
    """The rows of a list in its order; blank lines are passed over.

    Raises:
        InputError: as ``read_lists`` does.
    """
    path = folder / name
    (first, header), *lines = _read_csv(path) or [(1, [])]
    if sorted(header) != sorted(COLUMNS):
        found = ",".join(header)[:80]
        raise InputError(f"{path}, line {first}: found the columns {found!r}, expected image_name,label")
    rows: list[Row] = []
    seen: set[str] = set()
    for number, line in lines:
        where = f"{path}, line {number}"
        if len(line) != len(COLUMNS):
            raise InputError(f"{where}: found {len(line)} values, expected image_name and label")
        image, label = line[header.index("image_name")], line[header.index("label")]
        if label not in set("0123456789"):
            raise InputError(f"{where}: found label {label[:20]!r}, allowed are 0 to 9")
        if not image or image in seen:
            raise InputError(f"{where}: found image_name {image[:80]!r}, expected a name that no other line has")
        if Path(image).name != image:
            raise InputError(f"{where}: found image_name {image[:80]!r}, expected a file name inside {folder / 'data'}")
        seen.add(image)
        rows.append(Row(folder / "data" / image, int(label), where))
    if not rows:
        raise InputError(f"{path}: found no images, expected one a line")
    missing = next((row for row in rows if not row.image.exists()), None)
    if missing is not None:
        raise InputError(f"{missing.where}: {missing.image}: no such image")
    return rows


def _read_csv(path: Path) -> list[tuple[int, list[str]]]:
    """The lines that are not blank with their numbers, each cell without space around it."""
    check_regular(path, "expected the columns image_name,label")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not readable as CSV ({error})") from None
    return [(number, line) for number, line in lines if any(line)]


def _read_image(row: Row) -> tuple[npt.NDArray[np.uint8], bool]:
    try:
        image = read_image(row.image)
    except InputError as error:
        raise InputError(f"{row.where}: {error}") from None
    resized = image.size != (SIZE, SIZE)
    if resized:
        image = image.resize((SIZE, SIZE), Resampling.BICUBIC)  # Pillow's reduces with antialiasing
    return np.asarray(image), resized
