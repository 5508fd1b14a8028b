"""Training steps captured in CUDA graphs: one launch for all kernels of a step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from rediffuse.pipeline.errors import InputError
from rediffuse.training.batches import leaves, map_tensors

WARMUP = 3  # steps of each kind of batch that run uncaptured: kernels are chosen and optimizers make their state


def require_capturable(accelerator: Accelerator) -> None:
    """Refuse captured steps where they cannot run.

    Raises:
        InputError: the device is no CUDA device, or there are several processes.
    """
    if accelerator.device.type != "cuda":
        raise InputError(f"device: found cuda_graphs on {accelerator.device.type}; allowed here: auto, cpu")
    if accelerator.num_processes > 1:
        raise InputError(
            f"device: found cuda_graphs in {accelerator.num_processes} processes; allowed with several: auto, cuda"
        )


def hold_rates(optimizers: Sequence[Optimizer], device: torch.device) -> None:
    """Keep each learning rate in a tensor on the device, which a graph reads; ``set_rates`` fills it."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", float(group["lr"]))
            group["lr"] = torch.tensor(float(group["lr"]), device=device)


@dataclass(frozen=True, eq=False)
class Captured:
    """A graph, the buffers that it reads, and the one that it writes.

    Attributes:
        batch: the tensors that a batch is copied into.
        loss: a scalar.
    """

    graph: torch.cuda.CUDAGraph
    batch: Any
    loss: Tensor


class CapturedSteps:
    """Calls of ``step``, captured in one graph for each kind of batch: its shapes, dtypes and what is None.

    Each kind runs as it is for the first ``WARMUP`` calls, then is captured; all of them are true steps. What the
    step reads must be in the batch or lie on the device at a fixed address.

    Args:
        step: batch on the device -> loss, a scalar; forward, backward, clipping and optimizers. It reads nothing back.
    """

    def __init__(self, step: Callable[[Any], Tensor]) -> None:
        self.step = step
        self.warmed: dict[Hashable, int] = {}
        self.captured: dict[Hashable, Captured] = {}
        self.stream = torch.cuda.Stream()

    def __call__(self, batch: Any) -> Tensor:
        """Take one step; its loss is a copy that later steps do not change."""
        kind = kind_of(batch)
        if kind not in self.captured:
            if self.warmed.get(kind, 0) < WARMUP:
                self.warmed[kind] = self.warmed.get(kind, 0) + 1
                return self._warm_up(batch)
            self.captured[kind] = self._capture(batch)
        captured = self.captured[kind]
        fill(captured.batch, batch)
        captured.graph.replay()
        return captured.loss.clone()

    def _warm_up(self, batch: Any) -> Tensor:
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            loss = self.step(batch)
        torch.cuda.current_stream().wait_stream(self.stream)
        return loss

    def _capture(self, batch: Any) -> Captured:
        static, graph = buffers(batch), torch.cuda.CUDAGraph()
        # The thread that makes batches pins memory meanwhile, which the default mode forbids.
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            loss = self.step(static)
        return Captured(graph, static, loss)


def kind_of(batch: Any) -> Hashable:
    """What a graph is made for: shape and dtype of each tensor, and what is None.

    Raises:
        TypeError: the batch holds something else, which a graph could not read anew.
    """
    kinds: list[Hashable] = []
    for leaf in leaves(batch):
        if leaf is not None and not isinstance(leaf, Tensor):
            raise TypeError(f"a captured step takes tensors only, and this batch holds {type(leaf).__name__}")
        kinds.append(None if leaf is None else (tuple(leaf.shape), leaf.dtype))
    return tuple(kinds)


def buffers(batch: Any) -> Any:
    """A batch of the same kind and values at addresses of its own."""
    return map_tensors(batch, torch.clone)


def fill(static: Any, batch: Any) -> None:
    """Copy a batch into the buffers of its kind."""
    for buffer, part in zip(leaves(static), leaves(batch), strict=True):
        if buffer is not None:
            buffer.copy_(part, non_blocking=True)
