"""Ways to spoil a picture, which quality words and negative prompts name.

All is done pixel by pixel, without convolutions or matrix products, whose last bits may depend on the batch.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

DEFECTS = ("sharp", "blurry", "low quality", "cropped", "jpeg artifacts", "watermark")
BLUR = 0.05  # standard deviation, of the picture's side
CELLS = 16  # of a low-quality picture's side
LEVELS = 6  # of its colours
NOISE = 28.0  # largest change of a value by its noise, of 255
QUANTISER = 26.0  # of the lowest frequency of a block, of 255
BLOCK = 8  # pixels, the side of JPEG's blocks
OPACITY = 0.5  # of a watermark
_MARKS = 8  # different places of the watermark


def spoil(pictures: Tensor, defect: Tensor, seed: Tensor) -> Tensor:
    """Spoil pictures as told.

    Args:
        pictures: float32 [B, 3, R, R], 0 to 255.
        defect: int64 [B], index into ``DEFECTS``; ``cropped`` is none of these: it moves the thing.
        seed: int64 [B], for noise and the watermark's place.

    Returns:
        float32 [B, 3, R, R]; may leave the range.
    """
    for name, change in (
        ("blurry", _blurred),
        ("low quality", _low_quality),
        ("jpeg artifacts", _compressed),
        ("watermark", _marked),
    ):
        rows = torch.nonzero(defect == DEFECTS.index(name)).flatten()
        if len(rows):
            pictures[rows] = change(pictures[rows], seed[rows])
    return pictures


def _blurred(pictures: Tensor, _: Tensor) -> Tensor:
    sigma = BLUR * pictures.shape[-1]
    reach = math.ceil(2.5 * sigma)
    weights = [math.exp(-0.5 * (offset / sigma) ** 2) for offset in range(-reach, reach + 1)]
    for axis in (-2, -1):
        size = pictures.shape[axis]
        total = torch.zeros_like(pictures)
        for offset, weight in zip(range(-reach, reach + 1), weights, strict=True):
            places = (torch.arange(size) + offset).clamp(0, size - 1)
            total = total + pictures.index_select(axis, places) * (weight / sum(weights))
        pictures = total
    return pictures


def _low_quality(pictures: Tensor, seed: Tensor) -> Tensor:
    """Few cells, few colours, noise."""
    size = pictures.shape[-1]
    places = ((torch.arange(size) * CELLS // size) * size + size // 2) // CELLS
    coarse = pictures[..., places, :][..., places]
    step = 255 / (LEVELS - 1)
    return (coarse / step).round() * step + NOISE * _noise(seed, size)[:, None]


def _noise(seed: Tensor, size: int) -> Tensor:
    """Numbers between −1 and 1, float32 [B, size, size], each a hash of its picture's seed and its own place."""
    value = seed[:, None] * 1_000_003 + torch.arange(size * size) * 7_919
    for _ in range(2):
        value = (value ^ (value >> 15)) * 0x2C1B3C6D & 0xFFFFFFFF
    return ((value >> 8).float() / 2**23 - 1).unflatten(1, (size, size))


def _compressed(pictures: Tensor, _: Tensor) -> Tensor:
    """Quantise the cosine transform of 8 × 8 blocks, the higher frequencies more coarsely, as JPEG does."""
    size = pictures.shape[-1]
    padded = torch.arange(-(-size // BLOCK) * BLOCK).clamp(max=size - 1)
    blocks = pictures[..., padded, :][..., padded].unflatten(-1, (-1, BLOCK)).unflatten(-3, (-1, BLOCK))
    basis = _cosines()
    steps = QUANTISER * (1 + torch.arange(BLOCK)[:, None, None] + torch.arange(BLOCK))  # [8, 1, 8]
    frequencies = _transformed(_transformed(blocks - 128, basis, -1), basis, -3)
    quantised = (frequencies / steps).round() * steps
    restored = _transformed(_transformed(quantised, basis.T, -1), basis.T, -3) + 128
    return restored.flatten(-2).flatten(-3, -2)[..., :size, :size]


@cache
def _cosines() -> Tensor:
    """The orthonormal DCT-II of 8 values, float32 [8, 8], a row for each frequency."""
    places = range(BLOCK)
    rows = [[math.cos(math.pi * (2 * place + 1) * k / (2 * BLOCK)) for place in places] for k in places]
    norms = [[math.sqrt((2 if k else 1) / BLOCK)] for k in places]
    return torch.tensor(rows) * torch.tensor(norms)


def _transformed(blocks: Tensor, basis: Tensor, axis: int) -> Tensor:
    shape = [BLOCK if dim == blocks.ndim + axis else 1 for dim in range(blocks.ndim)]
    total = torch.zeros_like(blocks)
    for place in range(BLOCK):
        total = total + blocks.narrow(axis, place, 1) * basis[:, place].reshape(shape)
    return total


def _marked(pictures: Tensor, seed: Tensor) -> Tensor:
    cover = OPACITY * _marks(pictures.shape[-1])[seed % _MARKS]  # [B, 2, R, R]: letters, and their shadow
    shaded = pictures * (1 - cover[:, 1:])
    return shaded * (1 - cover[:, :1]) + 255 * cover[:, :1]


@cache
def _marks(resolution: int) -> Tensor:
    """The word SAMPLE and its shadow across the picture at eight heights, float32 [8, 2, R, R], 0 to 1."""
    large = 256
    font = ImageFont.load_default(68)
    marks = []
    for index in range(_MARKS):
        layers = []
        for shift in (0, 7):
            layer = Image.new("L", (large, large))
            middle = (large // 2 + shift, large * (index + 3) // (_MARKS + 5) + shift)
            ImageDraw.Draw(layer).text(middle, "SAMPLE", fill=255, font=font, anchor="mm")
            turned = layer.rotate(18, Image.Resampling.BILINEAR, center=(middle[0], middle[1]))
            small = turned.resize((resolution, resolution), Image.Resampling.BOX)
            layers.append(torch.from_numpy(np.asarray(small).astype(np.float32)) / 255)
        marks.append(torch.stack(layers))
    return torch.stack(marks)
