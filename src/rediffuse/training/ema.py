"""Averaged weights (exponential moving average)."""

from __future__ import annotations

import copy
from typing import TypeVar

from diffusers.training_utils import EMAModel
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def make_ema(model: nn.Module, decay: float) -> EMAModel:
    """Averaged weights whose decay rises with the steps up to ``decay``, so that the start is soon forgotten."""
    return EMAModel(model.parameters(), decay=decay, use_ema_warmup=True, inv_gamma=1.0, power=0.75, foreach=True)


def averaged(model: Network, ema: EMAModel) -> Network:
    """A copy of the network that holds the averaged weights."""
    twin = copy.deepcopy(model)
    ema.copy_to(twin.parameters())
    return twin
