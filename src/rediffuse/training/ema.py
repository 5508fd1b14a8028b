"""Averaged weights (exponential moving average).

As diffusers' ``EMAModel`` computes them, to the bit, without what that one imports: most of diffusers and transformers.
"""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

POWER = 0.75  # of the decay's rise, so that the start is soon forgotten


class AveragedWeights:
    """The moving average of a network's weights, on their device.

    Args:
        network: all of whose parameters are averaged.
        decay: that the average approaches: at step i it is min(decay, 1 - (1 + i)^-0.75), and 0 at the first.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.weights = [parameter.detach().clone() for parameter in network.parameters()]

    @torch.no_grad()
    def step(self, network: nn.Module) -> None:
        """Take the weights of the next step into the average."""
        decay = min(self.decay, 1 - (1 + self.steps) ** -POWER)
        self.steps += 1
        change = torch._foreach_sub(self.weights, list(network.parameters()))
        torch._foreach_sub_(self.weights, change, alpha=1 - decay)

    @torch.no_grad()
    def copy_of(self, network: Network) -> Network:
        """A copy of the network that holds the averaged weights."""
        twin = copy.deepcopy(network)
        for parameter, weight in zip(twin.parameters(), self.weights, strict=True):
            parameter.copy_(weight)
        return twin

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs."""
        return {"steps": self.steps, "weights": self.weights}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume from ``state_dict``; the average stays on its device."""
        self.steps = state["steps"]
        for weight, saved in zip(self.weights, state["weights"], strict=True):
            weight.copy_(saved)
