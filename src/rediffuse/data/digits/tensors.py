"""All digit sets of a split as one tensor in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from rediffuse.data.digits.dataset import Split, load_digits, load_sets


@dataclass(frozen=True)
class DigitTensors:
    """Images of all sets, one set after the other.

    Attributes:
        images: uint8 [N, 3, 28, 28].
        digits: int64 [N], 0 to 9.
        sets: int64 [N], place in ``names``.
        names: the sets' names in the order of the condition, MNIST-M first.
    """

    images: Tensor
    digits: Tensor
    sets: Tensor
    names: list[str]

    def __len__(self) -> int:
        return len(self.digits)

    def rows(self, selected: Tensor) -> DigitTensors:
        """The images at ``selected``, indices or a mask."""
        return DigitTensors(self.images[selected], self.digits[selected], self.sets[selected], self.names)


def load_split(folder: str | Path, split: Split) -> DigitTensors:
    """Read a split of every set.

    Raises:
        InputError: a file is missing or damaged.
    """
    names = load_sets(folder)["names"]
    parts = [load_digits(folder, name, split) for name in names]
    return DigitTensors(
        images=torch.cat([torch.from_numpy(part.images).permute(0, 3, 1, 2) for part in parts]).contiguous(),
        digits=torch.cat([torch.from_numpy(part.labels).long() for part in parts]),
        sets=torch.cat([torch.full((len(part),), index) for index, part in enumerate(parts)]),
        names=names,
    )
