"""Batches of one size.

A processor may add up the numbers of a row in another order in a batch of another size. In batches of one size, a
picture is the same bit for bit, alone or among others.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def padded_batches(count: int, size: int) -> Iterator[tuple[Tensor, int]]:
    """The rows 0 to ``count`` − 1 in batches of one size, the last one padded with the last row.

    Yields:
        rows, int64 [size], and how many of them are meant, 1 to ``size``.
    """
    for start in range(0, count, size):
        rows = torch.arange(start, start + size)
        yield rows.clamp_max(count - 1), min(size, count - start)
