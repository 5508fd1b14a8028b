"""Choosing drawings for a batch."""

from __future__ import annotations

import torch
from torch import Tensor


class ThingSampler:
    """Draws drawings by the things that they show.

    Args:
        rows: int64 [N], the drawings to choose from.
        things: int64 [N], what each shows.
        often: float [N], how often ``distinct`` and ``freely`` draw each, against 1; None for all alike.

    Attributes:
        count: how many things there are.
    """

    def __init__(self, rows: Tensor, things: Tensor, often: Tensor | None = None) -> None:
        order = torch.argsort(things, stable=True)
        self.rows = rows[order]
        self.counts = torch.unique_consecutive(things[order], return_counts=True)[1]
        self.starts = self.counts.cumsum(0) - self.counts
        self.count = len(self.counts)
        each = torch.ones(len(rows)) if often is None else often[order]
        self.weights = torch.stack([part.sum() for part in each.split(self.counts.tolist())])

    def distinct(self, size: int, random: torch.Generator) -> Tensor:
        """Drawings int64 [size] of as many different things; ``size`` is at most ``count``.

        A thing of twice the drawings, or of drawings twice as frequent, comes twice as often, as near as that
        can be where none recurs.
        """
        chosen = torch.multinomial(self.weights, size, generator=random)
        return self._one_each(chosen, random)

    def freely(self, size: int, random: torch.Generator) -> Tensor:
        """Drawings int64 [size] of things that may recur, each as often as ``distinct`` would wish to draw it."""
        if not size:  # multinomial takes no zero
            return self.rows[:0]
        return self._one_each(torch.multinomial(self.weights, size, replacement=True, generator=random), random)

    def evenly(self, size: int, random: torch.Generator) -> Tensor:
        """Drawings int64 [size] of things that may recur: whole shuffled passes, and the start of one more."""
        passes = [torch.randperm(self.count, generator=random) for _ in range(-(-size // self.count))]
        return self._one_each(torch.cat(passes)[:size], random)

    def _one_each(self, chosen: Tensor, random: torch.Generator) -> Tensor:
        within = torch.rand(len(chosen), generator=random) * self.counts[chosen]
        # A float32 just below 1 times a count may round up to the count.
        offset = torch.minimum(within.long(), self.counts[chosen] - 1)
        return self.rows[self.starts[chosen] + offset]
