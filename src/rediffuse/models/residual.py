"""Pre-activation residual block (He et al. 2016, arXiv 1603.05027)."""

from __future__ import annotations

from torch import Tensor, nn


class PreActivation(nn.Module):
    """x + conv(relu(bn(conv(relu(bn(x))))))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *normed(width),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            *normed(width),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def normed(width: int, activation: nn.Module | None = None) -> tuple[nn.Module, nn.Module]:
    """Batch normalization and an activation, ReLU where None is given."""
    return nn.BatchNorm2d(width), nn.ReLU() if activation is None else activation
