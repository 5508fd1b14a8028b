"""Showing CLIP a part of each picture while it learns (FLIP, Li et al. 2023, arXiv 2212.00794).

FLIP hides patches at random, for speed. Ours are hidden from one side on: ears alone, or a muzzle alone, must do to
name an animal, for the next artist may draw the other like nobody else.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from transformers import CLIPModel

_BLUR = 0.5  # width of the ragged edge of what is hidden; the picture reaches from -1 to 1


def kept_patches(pictures: int, side: int, ratio: float, random: torch.Generator) -> Tensor:
    """The patches that are shown of each picture, int64 [pictures, K], row by row from 0 to side² - 1.

    Those on one side of a line in a direction of its own are shown, the same number of every picture.

    Args:
        side: patches along a side of a picture.
        ratio: FLIP's masking ratio, the share of patches that is hidden, 0 to below 1; at least one is shown.
    """
    down, right = torch.meshgrid(*2 * [torch.linspace(-1, 1, side)], indexing="ij")
    angle = 2 * math.pi * torch.rand(pictures, 1, generator=random)
    along = angle.cos() * right.flatten() + angle.sin() * down.flatten()  # [pictures, side²]
    ragged = along + _BLUR * torch.rand(pictures, side**2, generator=random)
    return ragged.topk(max(1, round(side**2 * (1 - ratio))), dim=1).indices


def masked_image_embeds(clip: CLIPModel, pixels: Tensor, kept: Tensor) -> Tensor:
    """What ``clip.get_image_features`` makes of pictures of which only some patches are there, [B, D].

    Args:
        pixels: float [B, 3, H, W].
        kept: int64 [B, K], the patches; each brings the embedding of its own place.
    """
    tower = clip.vision_model
    tokens = tower.embeddings(pixels)  # [B, 1 + N, W], the class token first
    places = kept.unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
    shown = torch.cat([tokens[:, :1], tokens[:, 1:].gather(1, places)], dim=1)
    read = tower.encoder(inputs_embeds=tower.pre_layrnorm(shown)).last_hidden_state
    embeds: Tensor = clip.visual_projection(tower.post_layernorm(read[:, 0]))
    return embeds
