"""What is done to pictures in training, so that no artist's palette or strokes are learned by heart."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.luma import LUMA
from rediffuse.data.picture_batches.shared_params import AugmentationSection


@torch.autocast("cpu", enabled=False)  # it is called within the training's, where colours would have 8 bits' precision
def augmented(pictures: Tensor, section: AugmentationSection, random: torch.Generator) -> Tensor:
    """Pictures whose colours and contours are changed, each in its own way.

    Args:
        pictures: uint8 [B, 3, H, W].
        random: read for all rows in one order, so a row's change depends on its place.

    Returns:
        float32 [B, 3, H, W] in [0, 1].
    """
    inked = torch.nonzero(torch.rand(len(pictures), generator=random) < section.contours).flatten()
    strength = 2 * torch.rand(len(pictures), 1, 1, 1, generator=random)
    changed = recoloured(pictures, section, random)
    changed[inked] = contoured(changed[inked], strength[inked])
    return changed


def recoloured(pictures: Tensor, section: AugmentationSection, random: torch.Generator) -> Tensor:
    """Pictures in other colours.

    A picture's colours are taken about mid-grey, multiplied by a matrix near the identity (which
    turns hues and changes the saturation), by a contrast, and moved by a brightness; some lose
    their colour first. What leaves the range is cut off.

    Args:
        pictures: uint8 [B, 3, H, W].

    Returns:
        float32 [B, 3, H, W] in [0, 1].
    """
    count = len(pictures)
    grey = torch.rand(count, 1, 1, generator=random) < section.grey
    turn = torch.eye(3) + section.colour * torch.randn(count, 3, 3, generator=random)
    contrast = 1 + section.contrast * (2 * torch.rand(count, 1, 1, generator=random) - 1)
    brightness = section.brightness * (2 * torch.rand(count, 1, 1, generator=random) - 1)
    luma = torch.tensor(LUMA).expand(3, 3)
    matrix = contrast * torch.where(grey, luma, turn)  # [B, 3, 3]
    flat = pictures.flatten(2).float().div_(255).sub_(0.5)  # [B, 3, H·W]
    return torch.baddbmm(brightness + 0.5, matrix, flat).clamp_(0, 1).view(pictures.shape)


def contoured(pictures: Tensor, strength: Tensor) -> Tensor:
    """Pictures whose edges are drawn in ink: some artists outline all that they draw, and others nothing.

    A pixel is darkened by how far the brightness ranges among its nearest neighbours.

    Args:
        pictures: float [B, 3, H, W] in [0, 1].
        strength: [B, 1, 1, 1]; 0 changes nothing, at 1 an edge from black to white is black.
    """
    grey = pictures.mean(1, keepdim=True)
    ranged = F.max_pool2d(grey, 3, 1, 1) + F.max_pool2d(-grey, 3, 1, 1)
    return pictures * (1 - strength * ranged).clamp_(min=0)
