"""The training loop of every model: a generator that yields after each step.

Averaged weights, curves and checkpoints are in ``fit``. Everything random is a pure function of (seed, step), so a
killed run needs no state of a generator to resume with the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from rediffuse.pipeline.compute import generator
from rediffuse.training.shared_params import Pace

LossAt = Callable[[nn.Module, int], Tensor]  # (model, step) -> scalar loss of that step's batch


@dataclass(frozen=True)
class Step:
    """One optimizer step.

    Attributes:
        index: steps done, 1 for the first.
        loss: mean loss of this process's share of the batch, a scalar on the device.
    """

    index: int
    loss: Tensor


def train(
    accelerator: Accelerator,
    model: nn.Module,  # prepared by the accelerator
    optimizers: Sequence[Optimizer],  # likewise, each made with its peak learning rate
    loss_at: LossAt,  # pure in the step, but for the model
    pace: Pace,
    done: int = 0,  # steps of earlier runs, of all that the pace tells
) -> Iterator[Step]:
    """Train from step ``done`` to the last, yielding after each."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    for index in range(done, pace.steps):
        for group in groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * warm_cosine(index, pace.steps, pace.warmup)
        with accelerator.autocast():
            loss = loss_at(model, index)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), pace.max_grad_norm)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        yield Step(index + 1, loss.detach())


def warm_cosine(index: int, steps: int, warmup: int) -> float:
    """Share of the peak learning rate at step ``index``: a linear rise, then half a cosine to zero."""
    if index < warmup:
        return (index + 1) / warmup
    progress = (index - warmup) / max(1, steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress))


def batch_indices(index: int, batch_size: int, count: int, seed: int) -> Tensor:
    """Rows of batch ``index``, int64 [batch_size]: every row once in each shuffled pass.

    A pure function of its arguments. A batch may hold the end of one pass and the start of the
    next, so none is short.
    """
    start = index * batch_size
    rows = []
    while batch_size > 0:
        epoch, offset = divmod(start, count)
        taken = min(batch_size, count - offset)
        rows.append(_shuffled(epoch, count, seed)[offset : offset + taken])
        start, batch_size = start + taken, batch_size - taken
    return torch.cat(rows)


@lru_cache(maxsize=2)
def _shuffled(epoch: int, count: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=generator(seed, "epoch", epoch))
