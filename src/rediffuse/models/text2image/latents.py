"""The latents that the denoiser learns from, made once, since the autoencoder no longer changes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor
from tqdm import tqdm

from rediffuse.data.pictures.captions import captions
from rediffuse.data.pictures.composing import Recipe, centred, compose, coverage, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.text2image.autoencoder import encode, normalize_latents
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.things import learned_drawings, learned_things
from rediffuse.pipeline.compute import generator
from rediffuse.training.loop import batch_indices

PART = 1000  # pictures composed at once
SMALLEST = 0.05  # share of a picture below which a drawing, mostly cut off, counts less


@dataclass(frozen=True, eq=False)
class LatentSet:
    """Compositions as latents.

    Attributes:
        latents: float32 [N, C, h, w], each channel of mean 0 and variance 1.
        recipe: of the N pictures.
        captions: one of each picture.
        weights: float32 [N, 1, h, w], of the loss at each place.
    """

    latents: Tensor
    recipe: Recipe
    captions: list[str]
    weights: Tensor

    def __len__(self) -> int:
        return len(self.latents)


def latent_recipe(pictures: PictureSet, params: Params) -> Recipe:
    """How the pictures that are learned from are put together: every drawing as often as any other."""
    rows = learned_drawings(pictures, learned_things(pictures, params.things))
    chosen = batch_indices(0, params.pictures, len(rows), params.seed)
    random = generator(params.seed, "latents", 0)
    return centred(draw_recipe(pictures, rows[chosen], random, side="train", defects=params.defects))


def make_latents(autoencoder: AutoencoderKL, pictures: PictureSet, params: Params) -> LatentSet:
    """Encode the pictures that are learned from, make the autoencoder's latents normal by them, tell their captions."""
    recipe = latent_recipe(pictures, params)
    parts, covered = [], []
    with tqdm(total=len(recipe), desc="latents", unit="picture", disable=None) as bar:
        for start in range(0, len(recipe), PART):
            part = recipe[start : start + PART]
            parts.append(encode(autoencoder, compose(pictures, part, params.image_size, "train")))
            covered.append(covered_places(pictures, part, params.image_size, parts[-1].shape[-1]))
            bar.update(len(part))
    told = captions(pictures, recipe, generator(params.seed, "captions", 0), params.style_rate)
    weights = place_weights(torch.cat(covered), params.drawing_weight)
    return LatentSet(normalize_latents(autoencoder, torch.cat(parts)), recipe, told, weights)


def covered_places(pictures: PictureSet, recipe: Recipe, resolution: int, side: int) -> Tensor:
    """Share of each place of the latents that the drawing covers, float32 [B, 1, side, side] in [0, 1]."""
    return F.adaptive_avg_pool2d(coverage(pictures, recipe, resolution)[:, None], side)


def place_weights(covered: Tensor, drawing_weight: float) -> Tensor:
    """Weights of the loss, of ``covered``'s shape: the mean over the picture, and the mean over its drawing.

    The first has weight 1, the second ``drawing_weight``, however small the drawing is; all is divided by the sum of
    both. Backgrounds are random, and no model could predict them; drawings are what is to be learned, thin ones too.

    Args:
        covered: share of each place that the drawing covers, float32 [N, 1, h, w] in [0, 1].
    """
    share = covered.mean(dim=(1, 2, 3), keepdim=True).clamp(min=SMALLEST)
    return (1 + drawing_weight * covered / share) / (1 + drawing_weight)
