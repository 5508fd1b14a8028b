"""Digits as PNG files in the course's form."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.picture_files import read_picture


def save_course_form(folder: Path, images: Tensor) -> None:
    """Write uint8 [10 · n, 3, H, W], digits outermost, as ``0_001.png`` … ``9_{n:03d}.png``."""
    folder.mkdir(parents=True)
    per_digit = len(images) // NUM_DIGITS
    for index, image in enumerate(images):
        digit, number = divmod(index, per_digit)
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / f"{digit}_{number + 1:03d}.png")


def read_course_form(folder: Path, per_digit: int) -> Tensor:
    """Read back what ``save_course_form`` wrote, uint8 [10 · n, 3, H, W]."""
    paths = [folder / f"{digit}_{number + 1:03d}.png" for digit in range(NUM_DIGITS) for number in range(per_digit)]
    return torch.stack([read_picture(path) for path in paths])
