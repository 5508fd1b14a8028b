"""Scaling of the loss, so that small gradients are not lost in float16."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

START = 2.0**16
GROWTH_INTERVAL = 2000  # steps without an overflow after which the scale is doubled


class LossScaler:
    """Dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2) that never waits for the device.

    torch's ``GradScaler`` reads from the device whether gradients have overflowed, and then skips the optimizers.
    This one sets overflowed gradients to zero instead, so that every step is the same sequence of kernels.

    Attributes:
        scale: of the loss, a float32 scalar on the device.
        steps: since the last overflow or growth, a float32 scalar on the device.
    """

    def __init__(self, device: torch.device) -> None:
        self.scale = torch.tensor(START, device=device)
        self.steps = torch.tensor(0.0, device=device)

    @torch.no_grad()
    def unscale(self, parameters: Iterable[nn.Parameter]) -> None:
        """Bring the gradients back to the loss's own scale, zero where one overflowed, and set the next scale."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        torch._foreach_mul_(gradients, 1 / self.scale)
        finite = torch.stack(torch._foreach_norm(gradients, math.inf)).isfinite().all()
        for gradient in gradients:
            gradient.copy_(torch.where(finite, gradient, 0))
        self.steps.copy_(torch.where(finite, self.steps + 1, 0))
        grown = self.steps >= GROWTH_INTERVAL
        self.scale.mul_(torch.where(finite, torch.where(grown, 2.0, 1.0), 0.5))
        self.steps.copy_(torch.where(grown, 0, self.steps))

    def state_dict(self) -> dict[str, Tensor]:
        """What a resumed training needs."""
        return {"scale": self.scale, "steps": self.steps}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Resume from ``state_dict``, in place."""
        self.scale.copy_(state["scale"])
        self.steps.copy_(state["steps"])
