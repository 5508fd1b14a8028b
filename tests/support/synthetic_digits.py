"""Digits for the plots of a synthetic run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont


def draw_digits(rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 [10, 10, 28, 28, 3]: a row of ten images for each digit."""
    return np.stack([[draw_digit(digit, rng) for _ in range(10)] for digit in range(10)])


def draw_digit(digit: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 [28, 28, 3], a coloured digit on a coloured, grainy ground."""
    ground = rng.integers(0, 200, 3)
    image = Image.new("RGB", (28, 28), tuple(int(v) for v in ground))
    ink = tuple(int(v) for v in 255 - ground)
    font = ImageFont.load_default(24)
    ImageDraw.Draw(image).text((14 + int(rng.integers(-2, 3)), 14), str(digit), ink, font, anchor="mm")
    grain = rng.normal(0, 14, (28, 28, 3))
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)
