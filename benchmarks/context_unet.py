"""The network that report B built on, for comparison of speed: a ContextUnet of 128 or 64 features.

Written from its description: a residual convolution block at 28×28, two down stages of two blocks
each to 14×14 and 7×7 with 2f and 4f channels, average pooling to a vector, two up stages by
transposed convolution with concatenated skips, embeddings of timestep and condition that shift and
scale the up path. At f = 128 it has 28.7 million parameters and 4.7 GMAC a forward pass.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CONDITION_DIM = 12  # ten digits and two sets


class ConvBlock(nn.Module):
    """Two convolutions with batch normalisation and GELU; with ``residual``, added to the first one's output."""

    def __init__(self, in_channels: int, out_channels: int, residual: bool = False) -> None:
        super().__init__()
        self.residual = residual
        self.first = self._half(in_channels, out_channels)
        self.second = self._half(out_channels, out_channels)

    @staticmethod
    def _half(in_channels: int, out_channels: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(first)
        return (first + second) / 1.414 if self.residual else second


class Up(nn.Module):
    """Doubles the resolution after joining a skip."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(in_channels, out_channels, 2, 2),
            ConvBlock(out_channels, out_channels),
            ConvBlock(out_channels, out_channels),
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.layers(torch.cat([x, skip], dim=1))


class ContextUnet(nn.Module):
    """The report's U-Net for 28×28 images.

    Args:
        features: f; 128 in the report.
    """

    def __init__(self, features: int = 128) -> None:
        super().__init__()
        f = features
        self.start = ConvBlock(3, f, residual=True)
        self.down1 = nn.Sequential(ConvBlock(f, 2 * f), ConvBlock(2 * f, 2 * f), nn.MaxPool2d(2))
        self.down2 = nn.Sequential(ConvBlock(2 * f, 4 * f), ConvBlock(4 * f, 4 * f), nn.MaxPool2d(2))
        self.to_vector = nn.Sequential(nn.AvgPool2d(7), nn.GELU())
        self.embeddings = nn.ModuleList(
            self._embedding(size, channels) for channels in (4 * f, 2 * f) for size in (CONDITION_DIM, 1)
        )
        self.up0 = nn.Sequential(nn.ConvTranspose2d(4 * f, 4 * f, 7, 7), nn.GroupNorm(8, 4 * f), nn.ReLU())
        self.up1 = Up(8 * f, 2 * f)
        self.up2 = Up(4 * f, f)
        self.out = nn.Sequential(nn.Conv2d(2 * f, f, 3, 1, 1), nn.GroupNorm(8, f), nn.ReLU(), nn.Conv2d(f, 3, 3, 1, 1))

    @staticmethod
    def _embedding(size: int, channels: int) -> nn.Sequential:
        return nn.Sequential(nn.Linear(size, channels), nn.GELU(), nn.Linear(channels, channels))

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """ε for x [B, 3, 28, 28] at t / T [B] under a condition [B, D]."""
        start = self.start(x)
        down1 = self.down1(start)  # [B, 2f, 14, 14]
        down2 = self.down2(down1)  # [B, 4f, 7, 7]
        inputs = (condition, t[:, None].float()) * 2
        scale1, shift1, scale2, shift2 = (
            embed(value)[:, :, None, None] for embed, value in zip(self.embeddings, inputs, strict=True)
        )
        up = self.up0(self.to_vector(down2))
        up = self.up1(scale1 * up + shift1, down2)
        up = self.up2(scale2 * up + shift2, down1)
        return self.out(torch.cat([up, start], dim=1))
