"""How near generated pictures come to the training compositions of the same thing, so that copies are noticed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.compute import generator
from rediffuse.data.composing import compose
from rediffuse.data.pictures import PictureSet
from rediffuse.params.train_text2image import Params
from rediffuse.text2image.autoencoder import encode
from rediffuse.text2image.model import TextToImage
from rediffuse.text2image.real_pictures import image_side, redrawn, sharp_recipe, through_autoencoder, unlearned_rows

PERCENTILE = 1.0
REAL = 3000  # real pictures of either kind that are compared
PART = 1000  # pictures composed at once


@dataclass(frozen=True, eq=False)
class Nearness:
    """Distances of pictures to the nearest training composition of the same thing.

    A distance is the root mean square difference of latents, each channel of variance 1. Real pictures are compared
    as the autoencoder gives them back, as it made the generated ones too.

    Attributes:
        generated: of generated pictures, float32 [N].
        held_out: of new compositions of drawings by artists never learned, float32 [M].
        learned: of new compositions of the learned drawings, float32 [K]: those of a model that copies each drawing.
    """

    generated: Tensor
    held_out: Tensor
    learned: Tensor

    @property
    def threshold(self) -> float:
        """The first percentile of ``held_out``."""
        return float(torch.quantile(self.held_out.double(), PERCENTILE / 100))

    def copied(self, distances: Tensor) -> Tensor:
        """Whether pictures are nearer than nearly all held-out ones, bool [N]."""
        return distances < self.threshold


def measure_nearness(
    model: TextToImage, pictures: PictureSet, params: Params, images: Tensor, thing: Tensor, seed: int
) -> Nearness:
    """Compare generated pictures, and real ones of the same things, with all sharp training compositions.

    Args:
        params: of the model's training.
        images: uint8 [N, 3, H, W], generated.
        thing: int64 [N], what was asked for.
    """
    training = sharp_recipe(pictures, params)
    other = params.model_copy(update={"seed": params.seed + 1, "pictures": 2 * REAL})
    new = sharp_recipe(pictures, other)
    new = new[torch.isin(pictures.thing[new.drawing], thing)][:REAL]
    strange = redrawn(pictures, new, unlearned_rows(pictures, params.things), generator(seed, "nearest", 0))
    compared = [(encode(model.pipeline.vae, images), thing)]
    for recipe in (strange, new):
        parts = [recipe[start : start + PART] for start in range(0, len(recipe), PART)]
        real = torch.cat([compose(pictures, part, image_side(model), "train") for part in parts])
        latents = encode(model.pipeline.vae, through_autoencoder(model, real))
        compared.append((latents, pictures.thing[recipe.drawing]))
    found = [torch.full((len(latents),), torch.inf) for latents, _ in compared]
    for value in thing.unique().tolist():
        rows = training[pictures.thing[training.drawing] == value]
        known = encode(model.pipeline.vae, compose(pictures, rows, image_side(model), "train"))
        for distances, (latents, shown) in zip(found, compared, strict=True):
            distances[shown == value] = nearest_distances(latents[shown == value], known)
    return Nearness(*found)


def nearest_distances(latents: Tensor, known: Tensor) -> Tensor:
    """Root mean square difference of latents [N, C, h, w] to the nearest of ``known`` [M, C, h, w], float32 [N]."""
    distances = torch.cdist(latents.flatten(1).double(), known.flatten(1).double())
    return (distances.amin(1) / known[0].numel() ** 0.5).float()
