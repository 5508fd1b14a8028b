"""The painted animals as a file: what paint_animals writes and CLIP's training reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rediffuse.data.arrays import load_arrays, save_arrays
from rediffuse.data.pictures import SIZE
from rediffuse.data.splits import ANIMALS
from rediffuse.errors import InputError

FILE = "animals.npz"


@dataclass(frozen=True, eq=False)
class PaintedAnimals:
    """As many pictures of each animal.

    Attributes:
        rgba: uint8 [A, K, 4, S, S], clear where there is no animal.
        animals: what each of the A is called.
    """

    rgba: Tensor
    animals: tuple[str, ...]


def save_painted(folder: Path, pictures: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    """Write pictures uint8 [K, 64, 64, 4] of each of ``ANIMALS``."""
    save_arrays(folder / FILE, {name: pictures[name] for name in ANIMALS}, compressed=True)


def load_painted(folder: str | Path) -> PaintedAnimals:
    """Read and check what paint_animals wrote.

    Raises:
        InputError: the file is missing, damaged, or not what paint_animals writes.
    """
    path = Path(folder) / FILE
    found = load_arrays(path, ANIMALS, "paint_animals")
    count = len(found[ANIMALS[0]]) if found[ANIMALS[0]].ndim else 0
    for name, array in found.items():
        if array.dtype != np.uint8 or array.shape != (count, SIZE, SIZE, 4) or not count:
            wanted = f"uint8[{max(count, 1)}, {SIZE}, {SIZE}, 4]"
            raise InputError(
                f"{path}: {name} is {array.dtype}{list(array.shape)}, expected {wanted}; run paint_animals again"
            )
    stacked = np.stack([found[name] for name in ANIMALS])
    return PaintedAnimals(torch.from_numpy(stacked).permute(0, 1, 4, 2, 3).contiguous(), ANIMALS)
