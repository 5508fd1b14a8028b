"""The trivial baselines of every classifier of pictures: raw pixels, and no training.

A picture gets the thing of its nearest neighbour among pictures of the training drawings (Cover and Hart 1967), and
the scene of the nearest of five mean pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.labelled import LabelledSet
from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.pipeline.compute import generator

SIDE = 16  # pixels; at 32 and 64 the nearest neighbours are right less often
_COMPOSED = 32  # pixels of the pictures that are reduced to SIDE
_PART = 512  # pictures at once


@dataclass(frozen=True, eq=False)
class PixelBank:
    """Pictures of training drawings.

    Attributes:
        pixels: float32 [M, 3 · SIDE²], 0 to 255.
        thing: int64 [M], indices into the picture set's things.
        scene: int64 [M], indices into ``SCENES``.
    """

    pixels: Tensor
    thing: Tensor
    scene: Tensor

    def things(self, images: Tensor) -> Tensor:
        """The thing of each picture's nearest neighbour, int64 [N]; ``images`` are uint8 [N, 3, H, W]."""
        return self.things_of(reduced_pixels(images))

    def things_of(self, pixels: Tensor) -> Tensor:
        """The same of pictures that are reduced already, float32 [N, 3 · SIDE²]."""
        lengths = self.pixels.square().sum(1)
        return torch.cat([self.thing[(lengths - 2 * part @ self.pixels.T).argmin(1)] for part in pixels.split(_PART)])

    def scenes(self, images: Tensor) -> Tensor:
        """The scene whose mean picture is nearest to each picture, int64 [N]; ``images`` are uint8 [N, 3, H, W]."""
        known = self.scene.unique()
        means = torch.stack([self.pixels[self.scene == scene].mean(0) for scene in known.tolist()])
        return known[torch.cdist(reduced_pixels(images), means).argmin(1)]


def composed_bank(pictures: PictureSet, rows: Tensor, count: int, seed: int) -> PixelBank:
    """Compose pictures of the drawings in turn on training backgrounds, each drawing on the scenes in turn.

    Args:
        rows: int64 [M], training drawings; M ≥ 1.
        count: pictures in all.
    """
    places = torch.arange(count)
    drawings, scene = rows[places % len(rows)], (places + places // len(rows)) % len(SCENES)
    recipe = draw_recipe(pictures, drawings, generator(seed, "pixel bank", 0), side="train", scene=scene)
    parts = [
        reduced_pixels(compose(pictures, recipe[start : start + _PART], _COMPOSED, "train"))
        for start in range(0, len(recipe), _PART)
    ]
    return PixelBank(torch.cat(parts), pictures.thing[drawings], scene)


def white_bank(pictures: PictureSet, rows: Tensor) -> PixelBank:
    """The drawings int64 [M] on white, where the baseline is at its best."""
    plain = torch.full((len(rows),), SCENES.index("plain"))
    return PixelBank(reduced_pixels(on_white(pictures, rows)), pictures.thing[rows], plain)


def labelled_baseline(labelled: LabelledSet, pictures: PictureSet, count: int) -> Tensor | None:
    """What the nearest neighbours classify correctly of a labelled folder, bool [N].

    The neighbours are pictures of the classes' drawings that CLIP is trained on, the same in every study. None where
    a label is no thing of the picture set, as with a folder of photographs.

    Args:
        count: pictures to compare with.
    """
    names = [name.replace("_", " ") for name in labelled.names]
    if not set(names) <= set(pictures.things):
        return None
    classes = torch.tensor([pictures.things.index(name) for name in names])
    rows = pictures.rows("clip", "train")
    bank = composed_bank(pictures, rows[torch.isin(pictures.thing[rows], classes)], count, seed=0)
    pixels = [reduced_pixels(image[None]) for image in labelled.images]
    return bank.things_of(torch.cat(pixels)) == classes[labelled.labels]


def on_white(pictures: PictureSet, rows: Tensor) -> Tensor:
    """The drawings int64 [M] upright on a white ground, uint8 [M, 3, 64, 64]."""
    rgba = pictures.rgba[rows].float()
    alpha = rgba[:, 3:] / 255
    return (rgba[:, :3] * alpha + 255 * (1 - alpha)).round().to(torch.uint8)


def reduced_pixels(images: Tensor) -> Tensor:
    """Pictures uint8 [N, 3, H, W] as float32 [N, 3 · SIDE²], each pixel the mean of those that it covers."""
    parts = [F.adaptive_avg_pool2d(part.float(), SIDE).flatten(1) for part in images.split(_PART)]
    return torch.cat(parts)
