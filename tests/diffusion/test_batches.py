"""Padded batches hold every row once and are of one size."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from rediffuse.diffusion.batches import padded_batches


@given(st.integers(0, 50), st.integers(1, 12))
def test_every_row_once_and_the_last_one_as_padding(count: int, size: int) -> None:
    batches = list(padded_batches(count, size))
    assert all(rows.shape == (size,) and rows.dtype == torch.int64 for rows, _ in batches)
    assert [row for rows, meant in batches for row in rows[:meant].tolist()] == list(range(count))
    assert all(rows[meant:].eq(count - 1).all() for rows, meant in batches)
    assert all(meant == size for _, meant in batches[:-1])
