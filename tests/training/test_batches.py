"""Batches that are made ahead are the same, in order, and an error comes at its own step."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from rediffuse.training.batches import AHEAD, PrefetchedBatches, leaves, map_tensors

CPU = torch.device("cpu")


class Named(NamedTuple):
    """A batch with names."""

    images: Tensor
    texts: list[str]


@dataclass(frozen=True)
class Parts:
    """A batch as CLIP's training has it."""

    images: Tensor
    rows: list[Tensor]
    kept: Tensor | None


def test_batches_come_in_order_from_one_thread_and_few_are_made_ahead() -> None:
    made: list[int] = []
    threads = set()

    def batch_at(step: int) -> Tensor:
        made.append(step)
        threads.add(threading.get_ident())
        return torch.full((2,), step)

    batches = PrefetchedBatches(batch_at, range(3, 20), CPU)
    for step in range(3, 20):
        assert batches(step).tolist() == [step, step]
        assert len(made) <= step - 3 + 1 + AHEAD
    batches.close()
    assert made == list(range(3, 20)) and len(threads) == 1 and threading.get_ident() not in threads


def test_an_error_is_raised_at_its_own_step() -> None:
    def batch_at(step: int) -> int:
        if step == 2:
            raise ValueError("no batch 2")
        return step

    batches = PrefetchedBatches(batch_at, range(10), CPU)
    assert [batches(0), batches(1)] == [0, 1]
    with pytest.raises(ValueError, match="no batch 2"):
        batches(2)
    batches.close()


def test_closed_it_makes_no_more() -> None:
    made: list[int] = []

    def batch_at(step: int) -> int:
        time.sleep(0.01)
        made.append(step)
        return step

    batches = PrefetchedBatches(batch_at, range(1000), CPU)
    batches(0)
    batches.close()
    found = len(made)
    time.sleep(0.05)
    assert len(made) == found <= 2 + AHEAD


@pytest.mark.parametrize(
    "batch",
    [
        torch.ones(2),
        (torch.ones(2), torch.ones(3)),
        Named(torch.ones(2), ["a", "b"]),
        Parts(torch.ones(2), [torch.ones(1), torch.ones(3)], None),
        Parts(torch.ones(2), [], torch.ones(1)),
    ],
)
def test_tensors_are_changed_wherever_they_are_and_the_rest_stays(batch: Any) -> None:
    changed = map_tensors(batch, lambda part: part + 1)
    assert type(changed) is type(batch)
    before, after = list(leaves(batch)), list(leaves(changed))
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert torch.equal(other, one + 1) if isinstance(one, Tensor) else other == one
