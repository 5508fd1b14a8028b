"""Pixels as images hold them, and as networks take them."""

from __future__ import annotations

import torch
from torch import Tensor


def to_unit(images: Tensor) -> Tensor:
    """uint8 0–255 to float32 in [−1, 1]."""
    return images.float() / 127.5 - 1


def to_bytes(images: Tensor) -> Tensor:
    """[−1, 1], clamped, to uint8 0–255: what a PNG holds."""
    return ((images.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
