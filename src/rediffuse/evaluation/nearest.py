"""How near generated pictures come to the training compositions of the same thing, so that copies are noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rediffuse.data.pictures.composing import Recipe, compose
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation.real_pictures import redrawn, sharp_recipe, through_autoencoder
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.things import unlearned_drawings
from rediffuse.pipeline.compute import generator

PERCENTILE = 1.0
REAL = 3000  # real pictures of either kind that are compared
PART = 1000  # pictures composed at once
COVERED = 8  # grey levels by which a drawing changes its background where it counts as there


@dataclass(frozen=True, eq=False)
class Nearness:
    """Distances of pictures to the nearest training composition of the same thing.

    A distance is the root mean square difference in grey levels, 0 to 255, over the pixels that the composition's
    drawing covers: of whole pictures the backgrounds would decide. Real pictures are compared as the autoencoder gives
    them back, as it made the generated ones too.

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
    strange = redrawn(pictures, new, unlearned_drawings(pictures, params.things), generator(seed, "nearest", 0))
    side, compared = model.picture_size, [(images, thing)]
    for recipe in (strange, new):
        parts = [recipe[start : start + PART] for start in range(0, len(recipe), PART)]
        real = torch.cat([through_autoencoder(model, compose(pictures, part, side, "train")) for part in parts])
        compared.append((real, pictures.thing[recipe.drawing]))
    found = [torch.full((len(shown),), torch.inf) for _, shown in compared]
    for value in thing.unique().tolist():
        rows = training[pictures.thing[training.drawing] == value]
        known = compose(pictures, rows, side, "train")
        covered = covered_pixels(pictures, rows, known)
        for distances, (part, shown) in zip(found, compared, strict=True):
            distances[shown == value] = nearest_distances(part[shown == value], known, covered)
    return Nearness(*found)


def covered_pixels(pictures: PictureSet, recipe: Recipe, images: Tensor) -> Tensor:
    """Where the drawings of compositions uint8 [M, 3, H, W] lie, bool [M, H, W]: where they change the background."""
    empty = compose(pictures, replace(recipe, x=recipe.x + 10), images.shape[-1], "train")  # the drawing far outside
    return (images.int() - empty.int()).abs().amax(1) > COVERED


def nearest_distances(images: Tensor, known: Tensor, covered: Tensor) -> Tensor:
    """Distance of pictures uint8 [N, 3, H, W] to the nearest of ``known`` uint8 [M, 3, H, W], float32 [N].

    Args:
        covered: bool [M, H, W], the pixels of each known picture that are compared; where it has none, it is no
            nearest picture.
    """
    weight = covered[:, None].expand_as(known).flatten(1).double()
    x, y = images.flatten(1).double(), known.flatten(1).double()
    # Σ w (x − y)² = Σ w x² − 2 Σ w x y + Σ w y²
    squares = x.square() @ weight.T - 2 * x @ (weight * y).T + (weight * y.square()).sum(1)
    mean = squares.clamp_min(0) / weight.sum(1)
    return mean.nan_to_num(torch.inf).amin(1).sqrt().float()
