"""Which drawings come into a batch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.data.picture_batches.sampling import ThingSampler


@settings(deadline=None, max_examples=60)
@given(things=st.lists(st.integers(0, 9), min_size=1, max_size=40), seed=st.integers(0, 2**31), data=st.data())
def test_distinct_things_each_shown_by_its_own_drawing(things: list[int], seed: int, data: st.DataObject) -> None:
    shown = torch.tensor(things)
    rows = torch.arange(100, 100 + len(things))
    sampler = ThingSampler(rows, shown)
    size = data.draw(st.integers(1, sampler.count))
    chosen = sampler.distinct(size, torch.Generator().manual_seed(seed))
    assert sampler.count == len(set(things))
    assert len(set(shown[chosen - 100].tolist())) == size


def test_all_drawings_come_up_and_things_evenly_however_many_drawings_they_have() -> None:
    things = torch.tensor([0] * 9 + [1] * 3 + [2])
    sampler = ThingSampler(torch.arange(13), things)
    random = torch.Generator().manual_seed(0)
    drawn = torch.cat([sampler.evenly(7, random) for _ in range(600)])
    counts = torch.bincount(things[drawn]).double()
    assert torch.bincount(drawn, minlength=13).min() > 0
    assert counts.tolist() == pytest.approx([1400] * 3, rel=0.05)
    assert torch.bincount(things[sampler.evenly(6, random)]).tolist() == [2, 2, 2]


def test_a_thing_of_twice_as_many_drawings_comes_twice_as_often() -> None:
    things = torch.tensor([0] * 8 + [1] * 4 + [2] * 4 + [3] * 2)
    sampler = ThingSampler(torch.arange(18), things)
    random = torch.Generator().manual_seed(0)
    drawn = torch.cat([sampler.distinct(1, random) for _ in range(4500)])
    assert torch.bincount(things[drawn]).tolist() == pytest.approx([2000, 1000, 1000, 500], rel=0.12)
    assert torch.bincount(drawn, minlength=18).min() > 150


def test_what_is_to_come_oftener_does() -> None:
    things = torch.tensor([2, 0, 1, 0, 2, 1, 3, 3])
    often = torch.where(things == 2, 3.0, 1.0)
    sampler = ThingSampler(torch.arange(8), things, often)
    random = torch.Generator().manual_seed(0)
    drawn = torch.cat([sampler.distinct(1, random) for _ in range(3000)])
    assert torch.bincount(things[drawn]).tolist() == pytest.approx([500, 500, 1500, 500], rel=0.15)
