"""Batches that are made ahead and brought to a GPU without waiting."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Batch = TypeVar("Batch")

AHEAD = 4  # batches made before they are needed


class PrefetchedBatches(Generic[Batch]):
    """The batches of rising steps, made in order by one thread while the device computes.

    An exception in ``batch_at`` is raised when the batch of its step is asked for.

    Args:
        batch_at: step -> batch; pure.
        steps: whose batches will be asked for, one after the other.
        device: where the tensors of a batch are copied to; through pinned memory where it is a CUDA device.
    """

    def __init__(self, batch_at: Callable[[int], Batch], steps: range, device: torch.device) -> None:
        self.batch_at, self.device = batch_at, device
        self.steps = iter(steps)
        self.made: deque[tuple[int, Future[Batch]]] = deque()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="batches")
        for _ in range(AHEAD):
            self._order_next()

    def __call__(self, step: int) -> Batch:
        """The batch of ``step``, on the device."""
        ordered, future = self.made.popleft()
        assert ordered == step, f"batch {step} is asked for, but {ordered} is next"
        batch = future.result()
        self._order_next()
        return map_tensors(batch, lambda part: part.to(self.device, non_blocking=True))

    def close(self) -> None:
        """Make no more batches."""
        self.thread.shutdown(cancel_futures=True)

    def _order_next(self) -> None:
        step = next(self.steps, None)
        if step is not None:
            self.made.append((step, self.thread.submit(self._make, step)))

    def _make(self, step: int) -> Batch:
        batch = self.batch_at(step)
        return map_tensors(batch, Tensor.pin_memory) if self.device.type == "cuda" else batch


def map_tensors(batch: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The batch with each of its tensors changed; whatever else it holds stays.

    Args:
        batch: a tensor, or tuples, lists and data classes of tensors and other values.
    """
    if isinstance(batch, Tensor):
        return change(batch)
    if isinstance(batch, (tuple, list)):
        parts = [map_tensors(part, change) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        fields = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
        return dataclasses.replace(batch, **{name: map_tensors(part, change) for name, part in fields.items()})
    return batch


def leaves(batch: Any) -> Iterator[Any]:
    """What a batch holds, in order: its tensors and its other values."""
    if isinstance(batch, (tuple, list)):
        for part in batch:
            yield from leaves(part)
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        for field in dataclasses.fields(batch):
            yield from leaves(getattr(batch, field.name))
    else:
        yield batch
