"""Bytes and the range [−1, 1]."""

from __future__ import annotations

import torch

from rediffuse.data.pixels import to_bytes, to_unit


def test_bytes_come_back() -> None:
    every = torch.arange(256, dtype=torch.uint8).expand(1, 3, 1, 256)
    unit = to_unit(every)
    assert float(unit.min()) == -1 and float(unit.max()) == 1
    assert torch.equal(to_bytes(unit), every)


def test_what_lies_outside_is_cut() -> None:
    assert to_bytes(torch.tensor([-7.0, 7.0])).tolist() == [0, 255]
