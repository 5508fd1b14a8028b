"""Sketches, white lines on black: drawn along the outlines of drawings, or read from a user's file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from skimage.morphology import skeletonize
from torch import Tensor

from rediffuse.data.picture_files import on_ground, read_layers
from rediffuse.data.pictures.composing import Recipe, drawing_coordinates
from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.models.controlnet.outlines import FIELD, STEPS, line_distances, outline_fields
from rediffuse.pipeline.errors import InputError

WIDTH = 1.5  # pixels of a line, in the study and of a user's file
KNOTS = 4  # to a side of the coarse noise that bends lines
INK = 64  # grey levels by which a line departs from its ground, at least
FINE = 256  # pixels to a side at which the lines of a file are made thin
AREA = 17  # pixels of these: a mark that holds a square of this side is an area, of which the border is drawn
LARGEST = 4096  # pixels to a side; a file with more is made smaller first
DARK = 128  # grey levels below which a mark is dark
FEW = 0.1  # share of dark pixels from which the marks of a drawing without a ground are dark ones


@dataclass(frozen=True, eq=False)
class Hand:
    """How B sketches depart from the outlines that they follow; row i is all that sketch i depends on.

    Attributes:
        width: float32 [B], of the lines, pixels of the sketch.
        inner: bool [B], whether the lines inside of the shape are drawn.
        scale: float32 [B], factor of the drawing's size.
        shift: float32 [B, 2], in drawings' sides.
        bend: float32 [B, 2, KNOTS, KNOTS], shift of places between which is interpolated, in drawings' sides.
    """

    width: Tensor
    inner: Tensor
    scale: Tensor
    shift: Tensor
    bend: Tensor

    def __getitem__(self, rows: Tensor | slice) -> Hand:
        return Hand(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})


def steady_hand(count: int) -> Hand:
    """A hand that follows every outline exactly."""
    return Hand(
        width=torch.full((count,), WIDTH),
        inner=torch.ones(count, dtype=torch.bool),
        scale=torch.ones(count),
        shift=torch.zeros(count, 2),
        bend=torch.zeros(count, 2, KNOTS, KNOTS),
    )


@dataclass(frozen=True, eq=False)
class Outlines:
    """The outlines of some drawings, extracted once.

    Attributes:
        rows: int64 [M], of the picture set, rising.
        fields: uint8 [M, 2, FIELD, FIELD], what ``outline_fields`` gives.
    """

    rows: Tensor
    fields: Tensor

    @classmethod
    def of(cls, pictures: PictureSet, rows: Tensor) -> Outlines:
        """Extract the outlines of the drawings in ``rows``, each once."""
        rows = rows.unique()
        return cls(rows, outline_fields(pictures.rgba[rows]))

    def sketch(self, recipe: Recipe, hand: Hand, side: int) -> Tensor:
        """Draw the outlines where the recipe puts the drawings, bool [B, side, side]."""
        where = drawing_coordinates(recipe, side)
        across, down = (where[:, 0, 1] - where[:, 0, 0]).norm(dim=1), (where[:, 1, 0] - where[:, 0, 0]).norm(dim=1)
        spacing = (across * down).sqrt()  # of pixels, in half drawings
        bend = F.interpolate(hand.bend, (side, side), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
        where = where / hand.scale[:, None, None, None] - 2 * (hand.shift[:, None, None] + bend)
        field = self.fields[torch.searchsorted(self.rows, recipe.drawing), hand.inner.long()].float() / STEPS
        distance = F.grid_sample(
            field[:, None], where * (SIZE / (FIELD / 2)), padding_mode="border", align_corners=True
        )[:, 0]  # in pixels of the drawing
        pixel = SIZE / 2 * spacing / hand.scale  # of the sketch, in the same
        return distance <= (hand.width * pixel / 2)[:, None, None]


def sketch_side(picture_side: int) -> int:
    """Pixels to a side of the sketches for pictures of this size: as many, but no more than drawings have."""
    return min(picture_side, SIZE)


def as_condition(sketches: Tensor, side: int) -> Tensor:
    """Sketches bool [N, h, w] as a ControlNet reads them, float32 [N, 3, side, side] in [0, 1]."""
    drawn = sketches.float()[:, None]
    if sketches.shape[-1] != side:
        drawn = F.interpolate(drawn, (side, side), mode="bilinear", antialias=True, align_corners=False)
    return drawn.clamp(0, 1).expand(-1, 3, -1, -1).contiguous()


def read_sketch(path: Path, side: int) -> Tensor:
    """Read a user's drawing, bool [side, side]: its lines, dark on light or light on dark, all of one width.

    It is fitted into a square with its own ground around it. Whatever departs from the ground by half as much as
    anything does is a line; of a filled area the border is one. Light lines on a transparent ground are lines, too.

    Raises:
        InputError: no readable picture, or nothing drawn on it.
    """
    depth = _read_depth(path)
    largest = max(depth.shape)
    height, width = depth.shape
    left, top = (largest - width) // 2, (largest - height) // 2
    square = F.pad(depth, (left, largest - width - left, top, largest - height - top))[None, None]
    if largest > FINE:  # the strongest mark of each cell, so that a thin line is not lost
        square = F.adaptive_max_pool2d(square, FINE)
    elif largest < FINE:
        square = F.interpolate(square, (FINE, FINE), mode="nearest")
    if square.max() < INK:
        raise InputError(f"{path}: found no lines, expected dark ones on light or light ones on dark")
    marks = (square[0, 0] > square.max() / 2).numpy()
    area = ndimage.binary_opening(marks, np.ones((AREA, AREA), dtype=bool))
    lines = skeletonize(marks & ~ndimage.binary_erosion(area, iterations=2))
    distance = torch.from_numpy(line_distances(lines, side / FINE))[None, None]
    centres = (torch.arange(side) + 0.5) / side * 2 - 1
    where = torch.stack(torch.meshgrid(centres, centres, indexing="xy"), dim=-1)[None]
    return F.grid_sample(distance, where, padding_mode="border", align_corners=False)[0, 0] <= WIDTH / 2


def _read_depth(path: Path) -> Tensor:
    """How much each pixel of a file departs from its ground, float32 [H, W], grey levels.

    Of a file with a side beyond ``LARGEST`` several pixels become one, which departs as much as the strongest.
    """
    grey = torch.from_numpy(np.array(_on_paper(read_layers(path)).convert("L")))
    depth = (grey.short() - grey.median()).abs().to(torch.uint8)
    factor = -(-max(depth.shape) // LARGEST)
    if factor > 1:
        height, width = depth.shape
        depth = F.pad(depth, (0, -width % factor, 0, -height % factor))
        depth = depth.unflatten(1, (-1, factor)).amax(2).unflatten(0, (-1, factor)).amax(1)
    return depth.float()


def _on_paper(image: Image.Image) -> Image.Image:
    """A drawing on white; on black where its ground is transparent and its marks are light.

    A drawing with some dark marks, such as the contours of light areas, lies on white.
    """
    if image.mode == "RGB":
        return image
    alpha = np.asarray(image.getchannel("A"))
    drawn = np.asarray(image.convert("L"))[alpha >= max(1, alpha.max() / 2)]
    light = np.median(alpha) < DARK and drawn.size > 0 and (drawn < DARK).mean() < FEW
    return on_ground(image, "black" if light else "white")
