"""Digits of many fonts as signed distance fields, measured so that they can be set in a row."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt

from rediffuse.data.sources.shared.packages import Font, read_checked
from rediffuse.pipeline.errors import InputError

HEIGHT, WIDTH = 64, 88  # pixels of a tile
TALLEST, WIDEST = 44, 64  # pixels of the largest digit of a font
REACH = 10.0  # pixels; distances are clipped to it
_OVERSAMPLING = 2


@dataclass(frozen=True)
class Glyphs:
    """The ten digits of F fonts.

    Each tile has the middle of the digit's bounding box in its middle. All digits of a font have
    one scale, so that two of them can be set side by side.

    Attributes:
        distance: float32 [F, 10, 64, 88], pixels to the outline, positive inside.
        size: float32 [F, 10, 2], width and height of the bounding box, pixels.
        centre: float32 [F, 10, 2], middle of the bounding box (x right, y down) seen from the pen's
            origin on the baseline.
        advance: float32 [F, 10], pixels the pen moves on.
        stroke: float32 [F, 10], half the width of the thickest stroke, pixels.
        families: for each family the rows of its weights.
    """

    distance: npt.NDArray[np.float32]
    size: npt.NDArray[np.float32]
    centre: npt.NDArray[np.float32]
    advance: npt.NDArray[np.float32]
    stroke: npt.NDArray[np.float32]
    families: list[npt.NDArray[np.int64]]


def load_glyphs(fonts: list[Font], folder: Path) -> Glyphs:
    """Rasterise the digits of checked WOFF files.

    Args:
        fonts: rows of the font table.
        folder: node_modules.

    Raises:
        InputError: a font file is missing, truncated or altered.
    """
    files = [read_checked(folder / font.file, font.sha256) for font in fonts]
    with ThreadPoolExecutor(2) as pool:
        tiles, sizes, centres, advances = zip(*pool.map(_rasterise, files), strict=True)
    names = [font.family for font in fonts]
    families = [np.array([i for i, name in enumerate(names) if name == family]) for family in sorted(set(names))]
    distance = np.stack(tiles)
    stroke = distance.max(axis=(2, 3))
    return Glyphs(distance, np.stack(sizes), np.stack(centres), np.stack(advances), stroke, families)


def _rasterise(content: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    largest = np.max([_extent(box) for box in (_draw(content, 200.0, digit)[1] for digit in "0123456789")], axis=0)
    points = 200.0 * float(min(WIDEST / largest[0], TALLEST / largest[1])) * _OVERSAMPLING
    tiles, sizes, centres, advances = [], [], [], []
    for digit in "0123456789":
        ink, box, advance = _draw(content, points, digit)
        tile = Image.new("1", (WIDTH * _OVERSAMPLING, HEIGHT * _OVERSAMPLING))
        width, height = _extent(box)
        tile.paste(ink.crop(box), ((tile.width - width) // 2, (tile.height - height) // 2))
        tiles.append(_signed_distance(np.asarray(tile)))
        sizes.append([width, height])
        centres.append([(box[0] + box[2]) / 2 - ink.width / 2, (box[1] + box[3]) / 2 - ink.height / 2])
        advances.append(advance)
    scaled = [np.asarray(values, np.float32) / _OVERSAMPLING for values in (sizes, centres, advances)]
    return np.stack(tiles), scaled[0], scaled[1], scaled[2]


def _draw(content: bytes, points: float, digit: str) -> tuple[Image.Image, tuple[int, int, int, int], float]:
    """A digit with the pen's origin in the middle of a large picture, the box of its ink, its advance."""
    font = ImageFont.truetype(io.BytesIO(content), points, layout_engine=ImageFont.Layout.BASIC)
    side = 4 * round(points)
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).text((side / 2, side / 2), digit, fill=255, font=font, anchor="ls")
    ink = image.point([level >= 100 for level in range(256)], mode="1")
    box = ink.getbbox()  # the font's own box starts at the pen's origin instead of at the ink
    if box is None:
        raise InputError(f"a font of {len(content)} bytes has no digit {digit}")
    return ink, box, font.getlength(digit)


def _extent(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _signed_distance(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    # Half a pixel less on both sides: the outline runs between pixel centres.
    fine = np.where(inside, distance_transform_edt(inside) - 0.5, 0.5 - distance_transform_edt(~inside))
    k = _OVERSAMPLING
    coarse = fine.reshape(HEIGHT, k, WIDTH, k).mean(axis=(1, 3)) / k
    clipped: npt.NDArray[np.float32] = np.clip(coarse, -REACH, REACH).astype(np.float32)
    return clipped
