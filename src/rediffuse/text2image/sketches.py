"""Sketches, white lines on black: drawn from pictures, or read from a user's file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from rediffuse.data.composing import Recipe, compose
from rediffuse.data.pictures import SCENES, PictureSet, Side
from rediffuse.errors import InputError
from rediffuse.luma import LUMA
from rediffuse.text2image.edges import SIZE, edges

LINES = 0.08  # share of the pixels that are lines: fewer than in a comparison of edges, as people draw
INKED = "openmoji"  # the artists' set that draws everything in dark outlines
INK = 64  # luma below which a pixel of such a drawing is a line
FORMATS = ("PNG", "JPEG")
LARGEST = 4096  # pixels to a side of a user's file


def lines(images: Tensor) -> Tensor:
    """The strongest edges of pictures uint8 [N, 3, H, W], bool [N, SIZE, SIZE]."""
    return edges(images, LINES)


def sketched(pictures: PictureSet, recipe: Recipe, images: Tensor, alone: Tensor, side: Side) -> Tensor:
    """Sketches of compositions: the edges of each, or lines of its thing without the scene.

    A thing alone is sketched by its own ink where its artist draws outlines, else by its edges on a plain ground.

    Args:
        images: uint8 [N, 3, H, W], what ``recipe`` gives.
        alone: bool [N], whose sketch shows the thing without the scene.

    Returns:
        bool [N, SIZE, SIZE].
    """
    found = lines(images)
    rows = torch.nonzero(alone).flatten()
    if len(rows):
        plain = torch.zeros(len(rows), dtype=torch.int64) + SCENES.index("plain")
        bare = replace(recipe[rows], scene=plain, defect=torch.zeros_like(plain))
        things = compose(pictures, bare, SIZE, side)
        inked = pictures.style[bare.drawing] == pictures.styles.index(INKED) if INKED in pictures.styles else plain > 0
        found[rows] = torch.where(inked[:, None, None], ink(things), lines(things))
    return found


def ink(images: Tensor) -> Tensor:
    """Where pictures uint8 [N, 3, H, W] are as dark as drawn lines, bool [N, H, W]."""
    return (images.float() * torch.tensor(LUMA).view(3, 1, 1)).sum(1) < INK


def as_condition(sketches: Tensor, side: int) -> Tensor:
    """Sketches bool [N, SIZE, SIZE] as a ControlNet reads them, float32 [N, 3, side, side] in [0, 1]."""
    drawn = sketches.float()[:, None]
    if side != SIZE:
        drawn = F.interpolate(drawn, (side, side), mode="bilinear", antialias=True, align_corners=False)
    return drawn.clamp(0, 1).expand(-1, 3, -1, -1).contiguous()


def read_sketch(path: Path) -> Tensor:
    """A user's drawing, bool [SIZE, SIZE]: its lines, whether it is dark on light or light on dark.

    It is fitted into a square with its own ground around it. A cell is a line where the drawing departs from the ground
    by half as much as it does anywhere.

    Raises:
        InputError: no PNG or JPEG of a sensible size, or nothing drawn on it.
    """
    try:
        with Image.open(path, formats=FORMATS) as file:
            if max(file.size) > LARGEST:
                raise InputError(f"{path}: found {file.size[0]}×{file.size[1]} pixels, allowed are at most {LARGEST}")
            image = ImageOps.exif_transpose(file).convert("RGBA")
    except InputError:
        raise
    except Exception as error:  # Pillow raises whatever its decoders met
        told = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: no readable PNG or JPEG: {told}") from None
    paper = Image.new("RGBA", image.size, "white")
    grey = pil_to_tensor(Image.alpha_composite(paper, image).convert("L")).float()
    ground = grey.median()
    depth = (grey - ground).abs()
    side = max(depth.shape[-2:])
    height, width = depth.shape[-2:]
    left, top = (side - width) // 2, (side - height) // 2
    square = F.pad(depth, (left, side - width - left, top, side - height - top))
    if side > SIZE:  # the strongest mark of each cell, so that a thin line is not lost
        square = F.adaptive_max_pool2d(square[None], SIZE)[0]
    elif side < SIZE:
        square = F.interpolate(square[None], (SIZE, SIZE), mode="nearest")[0]
    if square.max() < INK:
        raise InputError(f"{path}: found no lines, expected dark ones on light or light ones on dark")
    return square[0] > square.max() / 2
