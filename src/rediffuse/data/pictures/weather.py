"""What a scene does to the thing on it: the colour of its light, and falling snow."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.pipeline.compute import generator

_LIGHT = {
    "plain": (1.0, 1.0, 1.0),
    "day": (1.0, 1.0, 1.0),
    "night": (0.68, 0.73, 0.92),
    "beach": (1.0, 0.98, 0.92),
    "snow": (0.96, 0.98, 1.0),
}
_FALLS = 16  # different arrangements of flakes
_FLAKES = (14, 30)  # flakes of each
_OPACITY = 0.9


def light_of(scene: Tensor) -> Tensor:
    """Factors of red, green and blue, float32 [B, 3], for scenes int64 [B]."""
    return torch.tensor([_LIGHT[name] for name in SCENES])[scene]


def snowfall(pictures: Tensor, seed: Tensor) -> Tensor:
    """Flakes before pictures float32 [B, 3, R, R], 0 to 255; seed int64 [B] says which."""
    cover = _falls(pictures.shape[-1])[seed % _FALLS, None]  # [B, 1, R, R]
    return pictures * (1 - cover) + 255 * cover


@cache
def _falls(resolution: int) -> Tensor:
    """How much flakes cover of each pixel, float32 [16, R, R], 0 to 1."""
    return torch.stack([_fall(resolution, index) for index in range(_FALLS)])


def _fall(resolution: int, index: int) -> Tensor:
    random = generator(0, "snowfall", index)
    count = int(torch.randint(*_FLAKES, (1,), generator=random))
    across, down, radius = torch.rand(3, count, 1, 1, generator=random)
    centre = (torch.arange(resolution) + 0.5) / resolution
    squared = (centre[None, None] - across) ** 2 + (centre[None, :, None] - down) ** 2
    radius = 0.008 + 0.016 * radius
    # A flake's edge is one pixel wide, and a flake smaller than a pixel is fainter.
    inside = ((radius - squared.sqrt()) * resolution + 0.5).clamp(0, 1)
    return inside.amax(0) * _OPACITY
