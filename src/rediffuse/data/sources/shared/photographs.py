"""Photographs as one canvas, so that a batch of crops out of many pictures is one lookup."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from rediffuse.data.sources.shared.packages import Photograph, Side, photograph_table, read_photograph


@dataclass(frozen=True)
class Canvas:
    """Photographs stacked on top of each other.

    Attributes:
        pixels: uint8 [H, W, 3]; right of a photograph that is narrower than W there is black.
        tops: int [P], first row of each photograph.
        heights, widths: int [P], their sizes in pixels.
        names: P names.
    """

    pixels: npt.NDArray[np.uint8]
    tops: npt.NDArray[np.int64]
    heights: npt.NDArray[np.int64]
    widths: npt.NDArray[np.int64]
    names: list[str]


def chosen(set_name: str, side: Side) -> list[Photograph]:
    """The photographs that a set cuts from on one side of the split; no photograph is on both."""
    return [row for row in photograph_table() if row.split == side and set_name in row.sets]


def load_canvas(set_name: str, side: Side) -> Canvas:
    """Read, check and stack the photographs of a set (``mnistm`` or ``street``).

    Raises:
        InputError: a photograph is missing, truncated or altered.
    """
    rows = chosen(set_name, side)
    pictures = [_read(row) for row in rows]
    heights = np.array([picture.shape[0] for picture in pictures])
    widths = np.array([picture.shape[1] for picture in pictures])
    pixels = np.zeros((int(heights.sum()), int(widths.max()), 3), np.uint8)
    tops = np.concatenate([[0], heights.cumsum()[:-1]])
    for picture, top in zip(pictures, tops, strict=True):
        pixels[top : top + picture.shape[0], : picture.shape[1]] = picture
    return Canvas(pixels, tops, heights, widths, [row.name for row in rows])


def _read(row: Photograph) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(read_photograph(row))) as image:
        return np.asarray(image.convert("RGB").reduce(row.reduce))
