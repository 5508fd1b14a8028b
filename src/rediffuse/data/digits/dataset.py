"""The digit sets as the training stages read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rediffuse.pipeline.arrays import load_arrays, save_arrays
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json

SIZE = 28  # pixels, height and width
NUM_DIGITS = 10
LEAST_EACH = 6  # validation images of each digit: half of them are measured against the rest, a diversity needs three
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Digits:
    """Images and what they show.

    Attributes:
        images: uint8 [N, 28, 28, 3], RGB.
        labels: uint8 [N], 0 to 9.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


def check_each_digit(labels: npt.NDArray[Any], where: str, hint: str, least: int = LEAST_EACH) -> None:
    """Check that there are enough images of each digit.

    Args:
        labels: integers [N], 0 to 9.
        where: what they are of, for the message.
        hint: what to do, for the message.
        least: the fewest images of a digit.

    Raises:
        InputError: a digit has fewer.
    """
    counts = np.bincount(labels, minlength=NUM_DIGITS)
    if counts.min() < least:
        digit = int(counts.argmin())
        raise InputError(
            f"{where}: found {counts[digit]} images of the digit {digit}, expected {least} or more; {hint}"
        )


def save_digits(folder: Path, set_name: str, split: Split, digits: Digits) -> None:
    """Write ``{set_name}_{split}.npz``."""
    save_arrays(folder / f"{set_name}_{split}.npz", {"images": digits.images, "labels": digits.labels})


def load_digits(folder: str | Path, set_name: str, split: Split) -> Digits:
    """Read and check one split of a set that fetch_digits wrote.

    Args:
        folder: ``data/digits``.
        set_name: one of the names in ``sets.json``.
        split: ``train``, ``val`` or ``test``.

    Raises:
        InputError: the file is missing or truncated, or an array is missing or of the wrong
            shape, type or range.
    """
    path = Path(folder) / f"{set_name}_{split}.npz"
    arrays = load_arrays(path, ("images", "labels"), "fetch_digits")
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (SIZE, SIZE, 3) or not len(images):
        raise InputError(f"{path}: images are {images.dtype}{list(images.shape)}, expected uint8[N, 28, 28, 3]")
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise InputError(f"{path}: labels are {labels.dtype}{list(labels.shape)}, expected uint8[{len(images)}]")
    if labels.max() >= NUM_DIGITS:
        raise InputError(f"{path}: found label {labels.max()}, allowed are 0 to 9")
    return Digits(images, labels)


def load_sets(folder: str | Path) -> dict[str, Any]:
    """``sets.json``: ``names`` in their order, ``source``, and for each set its counts and origins.

    Raises:
        InputError: the file is missing or is not what fetch_digits writes.
    """
    path = Path(folder) / "sets.json"
    content = read_json(path, "run the stage fetch_digits first")
    if not isinstance(content, dict) or not isinstance(content.get("names"), list):
        raise InputError(f"{path}: found no list 'names'; run fetch_digits again")
    return content
