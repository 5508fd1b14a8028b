"""The condition of the digit model: one-hot digit joined to one-hot data set, as report B has it.

The null condition, for which the model learns the unconditional score, is the zero vector. The
two parts are dropped together: dropped apart with 10 % each, the joint null that guidance needs
would be 1 % of the training rows.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.digits.dataset import NUM_DIGITS


def condition(digits: Tensor, sets: Tensor, num_sets: int = 2) -> Tensor:
    """One-hot condition, float32 [B, 10 + num_sets], of digits 0–9 and set indices, both int64 [B]."""
    return torch.cat([F.one_hot(digits, NUM_DIGITS), F.one_hot(sets, num_sets)], dim=1).float()


def null_like(conditions: Tensor) -> Tensor:
    """The null condition for each row."""
    return torch.zeros_like(conditions)


def drop(conditions: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Replace each row by the null condition with ``probability``, digit and set together."""
    kept = torch.rand(len(conditions), 1, generator=generator) >= probability
    return torch.where(kept.to(conditions.device), conditions, null_like(conditions))
