"""What is done to faces in training: a hundred of them are few."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.models.face_ddpm.params import AugmentationSection


def augmented(
    faces: Tensor, section: AugmentationSection, size: int, random: torch.Generator, mirror_total: int
) -> Tensor:
    """Faces mirrored, moved, turned, zoomed, in other light, each in its own way.

    Args:
        faces: uint8 [B, 25, 25].
        size: pixels of each side of the result.
        random: read for all rows in one order, so a row's change depends on its place.
        mirror_total: what ``mirror_sum`` returns of all faces: where their axis is.

    Returns:
        float32 [B, 1, size, size] in [−1, 1].
    """
    count = len(faces)

    def spread(most: float) -> Tensor:
        return most * (2 * torch.rand(count, generator=random) - 1)

    mirrored = torch.where(torch.rand(count, generator=random) < 0.5 * section.mirror, -1.0, 1.0)
    angle, scale = spread(math.radians(section.turn)), torch.exp(spread(math.log1p(section.zoom)))
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    # grid_sample counts from −1 to 1 along a side, so a share of the side is twice as much there.
    across, down = spread(2 * section.shift), spread(2 * section.shift)
    axis = (mirror_total + 1) / faces.shape[-1] - 1
    across = across + (1 - mirrored) * axis  # an image mirrored about 0 is mirrored about the axis once it is moved
    rows = [mirrored * cosine, -sine, across, mirrored * sine, cosine, down]
    places = F.affine_grid(torch.stack(rows, 1).view(count, 2, 3), [count, 1, size, size], align_corners=False)
    pixels = faces[:, None].float() / 127.5 - 1
    moved = F.grid_sample(pixels, places, mode="bicubic", padding_mode="reflection", align_corners=False)
    contrast, brightness = 1 + spread(section.contrast), spread(2 * section.brightness)
    return (moved * contrast.view(-1, 1, 1, 1) + brightness.view(-1, 1, 1, 1)).clamp_(-1, 1)
