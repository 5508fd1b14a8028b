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

from rediffuse.pipeline.compute import computes_in_float16, generator, training_autocast
from rediffuse.training.scaling import LossScaler
from rediffuse.training.shared_params import Pace


@dataclass(frozen=True)
class Step:
    """One optimizer step.

    Attributes:
        index: steps done, 1 for the first.
        loss: mean loss of this process's share of the batch, a scalar on the device.
    """

    index: int
    loss: Tensor


def follow_pace(
    optimizers: Sequence[Optimizer], take_step: Callable[[int], Tensor], pace: Pace, done: int = 0
) -> Iterator[Step]:
    """Set the learning rates of each step, take it (index from 0 -> loss), and yield. Nothing is read back."""
    for index in range(done, pace.steps):
        set_rates(optimizers, warm_cosine(index, pace.steps, pace.warmup))
        yield Step(index + 1, take_step(index))


def set_rates(optimizers: Sequence[Optimizer], share: float) -> None:
    """Set each learning rate to a share of its peak; one that is a tensor is filled in place."""
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        rate = group.setdefault("initial_lr", group["lr"]) * share
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class Update:
    """Forward, backward, clipping and the optimizers' steps, without reading anything back from the device.

    Attributes:
        scaler: of the loss, where the training computes in float16; else None.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: nn.Module,  # prepared
        optimizers: Sequence[Optimizer],  # prepared
        max_grad_norm: float,
    ) -> None:
        self.accelerator, self.model, self.optimizers = accelerator, model, optimizers
        self.max_grad_norm = max_grad_norm
        self.scaler = LossScaler(accelerator.device) if computes_in_float16(accelerator.device) else None

    def __call__(self, loss_of: Callable[[], Tensor]) -> Tensor:
        """Take one step; returns the loss, detached."""
        with training_autocast(self.accelerator):
            loss = loss_of()
        self.accelerator.backward(loss if self.scaler is None else loss * self.scaler.scale)
        if self.scaler is not None:
            self.scaler.unscale(self.model.parameters())
        self.accelerator.clip_grad_norm_(self.model.parameters(), self.max_grad_norm)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.detach()


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
