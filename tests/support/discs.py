"""Discs in place of drawings."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SIZE, PictureSet

RED, BLUE, BLACK = (220, 40, 40), (40, 60, 220), (0, 0, 0)


def disc(radius: float, colour: tuple[int, int, int], drawing: Tensor | None = None) -> Tensor:
    """A disc in the middle of a drawing, uint8 [4, SIZE, SIZE]."""
    drawing = torch.zeros(4, SIZE, SIZE, dtype=torch.uint8) if drawing is None else drawing.clone()
    away = torch.arange(SIZE) - (SIZE - 1) / 2
    inside = away.square()[:, None] + away.square() < radius**2
    drawing[:, inside] = torch.tensor([*colour, 255], dtype=torch.uint8)[:, None]
    return drawing


def discs(pictures: PictureSet) -> PictureSet:
    """The same with discs of several sizes as drawings, on even grounds."""
    rgba = torch.stack([disc(8 + 6 * (row % 4), RED) for row in range(len(pictures.rgba))])
    grounds = {side: torch.full_like(found, 200) for side, found in pictures.backgrounds.items()}
    return replace(pictures, rgba=rgba, backgrounds=grounds)
