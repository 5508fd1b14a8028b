"""What is drawn by lot for each street number: digits in a row, colours, plate, light, camera."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from rediffuse.data.luma import LUMA
from rediffuse.data.sources.digits.glyphs import Glyphs
from rediffuse.data.sources.shared.randomness import BLOCK

Floats = npt.NDArray[np.float64]

# Share of images with no neighbour, one on the left, one on the right, both: what SVHN's mix of
# house numbers of one to five digits gives when each of their digits is cut out.
NEIGHBOURS = (0.04, 0.38, 0.38, 0.20)
WEAKEST_CONTRAST = 0.17  # least difference in luminance, digit against ground, that is painted


class Lots:
    """Draws one value for each image of a block."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def uniform(self, low: float, high: float, *shape: int) -> Floats:
        """Values in [low, high), [B, *shape]."""
        return self.rng.uniform(low, high, (BLOCK, *shape))

    def normal(self, deviation: float, *shape: int) -> Floats:
        """Values around 0, [B, *shape]."""
        return self.rng.normal(0.0, deviation, (BLOCK, *shape))

    def beta(self, a: float, b: float) -> Floats:
        """Values in 0 to 1, [B]."""
        return self.rng.beta(a, b, BLOCK)

    def maybe(self, share: float) -> npt.NDArray[np.bool_]:
        """True for about ``share`` of the images."""
        return self.rng.random(BLOCK) < share


def tensor(values: npt.ArrayLike) -> torch.Tensor:
    """float32 tensor of drawn values."""
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


@dataclass(frozen=True)
class Row:
    """The digit in the middle and its neighbours, in pixels of the glyph tiles."""

    labels: npt.NDArray[np.int64]  # [B]
    fonts: npt.NDArray[np.int64]  # [B]
    digits: npt.NDArray[np.int64]  # [B, 3]: labelled, left, right
    shift: Floats  # [B, 3, 2], middle of each bounding box seen from the labelled digit's
    present: npt.NDArray[np.bool_]  # [B, 3]
    size: Floats  # [B, 2], bounding box of the labelled digit
    bolder: Floats  # [B], how far the outline is moved outwards


def draw_row(lots: Lots, glyphs: Glyphs) -> Row:
    """Digits of one font, set by its own advances with the spacing of screwed-on numbers."""
    rng = lots.rng
    digits = rng.integers(10, size=(BLOCK, 3))
    family = rng.integers(len(glyphs.families), size=BLOCK)
    weight = rng.random(BLOCK)
    rows = [glyphs.families[f] for f in family]
    fonts = np.array([row[int(w * len(row))] for row, w in zip(rows, weight, strict=True)])
    cases = rng.choice(4, size=BLOCK, p=NEIGHBOURS)
    present = np.stack([np.full(BLOCK, True), np.isin(cases, (1, 3)), np.isin(cases, (2, 3))], axis=1)

    advance = np.stack([glyphs.advance[fonts, digits[:, k]] for k in range(3)], axis=1)
    centre = np.stack([glyphs.centre[fonts, digits[:, k]] for k in range(3)], axis=1)
    space = lots.uniform(-2.5, 6.0, 2) + lots.maybe(0.25)[:, None] * lots.uniform(0.0, 10.0, 2)
    shift = np.zeros((BLOCK, 3, 2))
    shift[:, 1] = centre[:, 1] - centre[:, 0] - np.stack([advance[:, 1] + space[:, 0], 0 * space[:, 0]], axis=1)
    shift[:, 2] = centre[:, 2] - centre[:, 0] + np.stack([advance[:, 0] + space[:, 1], 0 * space[:, 1]], axis=1)
    uneven = lots.normal(1.0, 2) + lots.maybe(0.08)[:, None] * lots.normal(6.0, 2)
    shift[:, 1:, 1] += uneven

    stroke = glyphs.stroke[fonts, digits[:, 0]]
    bolder = np.maximum(lots.uniform(-0.5, 0.8), 1.7 - stroke)  # thinner than this falls between the pixels
    bolder = np.where(stroke > 6, np.minimum(bolder, 0.2), bolder)  # and here the counters would close
    return Row(digits[:, 0], fonts, digits, shift, present, glyphs.size[fonts, digits[:, 0]].astype(float), bolder)


@dataclass(frozen=True)
class View:
    """How the row is seen: a homography from the frame (-1 to 1) to glyph pixels, and a warp."""

    matrix: Floats  # [B, 2, 2], glyph pixels for each frame unit
    offset: Floats  # [B, 2]
    vanishing: Floats  # [B, 2]
    warp: Floats  # [B, 2, 4, 4], displacements of a coarse grid, glyph pixels


def draw_view(lots: Lots, size: Floats) -> View:
    """Tilt, slant, stretch and perspective of a camera that is not square to the wall.

    Args:
        size: [B, 2], bounding box of the labelled digit, glyph pixels. It fills 70 to 95 % of the
            frame in the direction in which it is larger.
    """
    fill = lots.uniform(0.70, 0.95)
    extent = np.maximum(size[:, 1], size[:, 0] * 1.05) / (2 * fill)
    tilt = np.radians(lots.normal(4.5) + lots.maybe(0.25) * lots.normal(12.0))
    slant = lots.normal(0.07) + lots.maybe(0.25) * lots.normal(0.2)
    stretch = np.exp(lots.normal(0.10) + lots.maybe(0.25) * lots.normal(0.25))
    wide = np.stack([np.cos(tilt), -np.sin(tilt)], axis=1) / stretch[:, None]
    tall = np.stack([np.sin(tilt), np.cos(tilt)], axis=1)
    matrix = np.stack([wide + slant[:, None] * tall, tall], axis=1) * extent[:, None, None]
    offset = lots.normal(0.06, 2) * extent[:, None]
    bent = (lots.maybe(0.5) * lots.uniform(0.0, 2.4))[:, None, None, None] * lots.normal(1.0, 2, 4, 4)
    return View(matrix, offset, lots.normal(0.09, 2), bent)


@dataclass(frozen=True)
class Colours:
    """RGB in 0 to 1, each [B, 3]."""

    ground: Floats  # behind the digits
    digit: Floats
    wall: Floats  # beyond the plate's edge
    rim: Floats  # outline of digits, edge of the plate


def draw_colours(lots: Lots) -> Colours:
    """Ground and digit of clearly different luminance, either of them the lighter one."""
    ground = lots.uniform(0.04, 0.96)
    room_up, room_down = 0.98 - ground, ground - 0.02
    step = WEAKEST_CONTRAST + 0.75 * lots.beta(0.9, 1.9)
    fits_up, fits_down = step <= room_up, step <= room_down
    only_way = np.where(fits_up | fits_down, fits_up, room_up > room_down)
    up = np.where(fits_up & fits_down, lots.maybe(0.5), only_way)
    digit = np.where(up, ground + np.minimum(step, room_up), ground - np.minimum(step, room_down))
    wall = np.clip(ground + lots.normal(0.25), 0.02, 0.98)
    rim = np.where(lots.maybe(0.5), 0.05 + 0.1 * ground, 0.95)
    return Colours(*(_tinted(lots, luminance) for luminance in (ground, digit, wall, rim)))


def _tinted(lots: Lots, luminance: Floats) -> Floats:
    """Paint, metal, stone and wood: mostly grey or warm, sometimes blue, rarely anything else."""
    hue = np.where(lots.maybe(0.55), 0.08 + lots.normal(0.04), 0.6 + lots.normal(0.05))
    hue = np.where(lots.maybe(0.25), lots.uniform(0, 1), hue) % 1.0
    saturation = lots.beta(1.0, 3.2) * lots.maybe(0.75)
    colour = np.array([colorsys.hsv_to_rgb(h, s, 1.0) for h, s in zip(hue, saturation, strict=True)])
    colour = colour * (luminance / (colour @ np.array(LUMA)))[:, None]
    # What would leave the gamut is moved towards grey, which keeps the luminance.
    grey = np.broadcast_to(luminance[:, None], colour.shape)
    over = np.maximum(colour.max(axis=1, keepdims=True), 1e-6)
    keep = np.where(over > 1, (1 - grey) / np.maximum(over - grey, 1e-6), 1.0)
    tinted: Floats = grey + keep * (colour - grey)
    return tinted
