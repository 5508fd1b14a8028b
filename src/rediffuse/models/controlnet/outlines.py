"""Outlines as a person draws them: closed lines around a drawing's shape and between its regions of colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy import ndimage
from skimage import color, feature, measure, segmentation
from skimage.morphology import remove_small_holes, remove_small_objects, skeletonize
from torch import Tensor

from rediffuse.data.pictures.dataset import SIZE

Mask = npt.NDArray[np.bool_]

EDGE = 7.0  # gradient of the colour, CIELAB units per pixel, from which on two regions are apart
INK = 45.0  # lightness, 0 to 100, below which a thin mark is a line that the artist drew
THICKEST = 5  # pixels: a dark mark that holds a square of this side is an area, not a line
SMALLEST = 6  # pixels: regions and marks that are not larger are dropped
PADDING = 4  # pixels around the drawing, so that lines at its border stay lines and nothing smears beyond it
FIELD = 2 * (SIZE + 2 * PADDING) - 1  # side of a distance field: a value on each pixel and one between two
WEAK, STRONG = 8.0, 20.0  # Canny's thresholds of a picture's edges, CIELAB units per two pixels
STEPS = 32  # of a stored distance in one pixel
_SQUARE = np.ones((3, 3), dtype=bool)


def outline_fields(rgba: Tensor) -> Tensor:
    """Compute how far each place of a drawing is from its outlines, to draw them at any place, size and width.

    Args:
        rgba: uint8 [N, 4, SIZE, SIZE], straight alpha.

    Returns:
        uint8 [N, 2, FIELD, FIELD], distances in 1 / ``STEPS`` of the drawing's pixels, at most 255: to the outline of
        the shape alone, and to that with the lines inside.
    """
    fields = np.empty((len(rgba), 2, FIELD, FIELD), dtype=np.uint8)
    for field, drawing in zip(fields, rgba.numpy(), strict=True):
        for place, lines in enumerate(drawing_outlines(drawing)):
            field[place] = line_distances(lines, STEPS / 2).clip(0, 255)
    return torch.from_numpy(fields)


def line_distances(lines: Mask, unit: float = 1.0) -> npt.NDArray[np.float32]:
    """Distance of each pixel from the nearest line, float32 of the same shape; 255 units where there is no line."""
    if not lines.any():
        return np.full(lines.shape, 255 * unit, dtype=np.float32)
    distances: npt.NDArray[np.float32] = (ndimage.distance_transform_edt(~lines) * unit).astype(np.float32)
    return distances


def drawing_outlines(rgba: npt.NDArray[np.uint8]) -> tuple[Mask, Mask]:
    """Extract the outlines of a drawing uint8 [4, SIZE, SIZE], one pixel wide.

    Returns:
        bool [FIELD, FIELD] each, with two pixels to one of the drawing: the outline of its shape, and the same with
        the lines between its regions of colour. Where an artist drew a dark outline, the line runs in its middle.
    """
    padded = np.pad(rgba, ((0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    solid = remove_small_objects(padded[3] > 127, max_size=SMALLEST)
    solid = remove_small_holes(solid, max_size=SMALLEST)
    if not solid.any():
        return np.zeros((FIELD, FIELD), dtype=bool), np.zeros((FIELD, FIELD), dtype=bool)
    # Outside, the nearest colour of the drawing, so that its border is no edge between colours.
    nearest = ndimage.distance_transform_edt(~solid, return_distances=False, return_indices=True)
    lab = color.rgb2lab(padded[:3][:, nearest[0], nearest[1]].transpose(1, 2, 0))
    ink = _thin_marks((lab[..., 0] < INK) & solid)
    regions = _regions(lab, solid & ~ink)
    regions[~solid] = regions.max() + 1
    lines = boundaries(segmentation.expand_labels(regions, FIELD))
    return _one_pixel_wide(boundaries(solid.astype(int))), _one_pixel_wide(lines | _lone_marks(ink, lines))


def _thin_marks(dark: Mask) -> Mask:
    area = ndimage.binary_opening(dark, np.ones((THICKEST, THICKEST)))
    area = ndimage.binary_dilation(area, _SQUARE, mask=dark)
    marks: Mask = remove_small_objects(dark & ~area, max_size=SMALLEST, connectivity=2)
    return marks


def _regions(lab: npt.NDArray[np.float64], inside: Mask) -> npt.NDArray[np.int64]:
    """Number the regions of even colour from 1, int64 [H, W]; 0 outside."""
    slope = colour_slope(lab)
    seeds = measure.label((slope < EDGE) & inside, connectivity=1)
    seeds[np.bincount(seeds.ravel())[seeds] < SMALLEST] = 0
    parts = measure.label(inside)  # one in which nothing is even becomes a region of its own
    lone = inside & ~np.isin(parts, np.unique(parts[seeds > 0]))
    seeds[lone] = seeds.max() + parts[lone]
    return segmentation.watershed(slope, seeds, mask=inside).astype(np.int64)


def colour_slope(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Length of the gradient of a CIELAB image [H, W, 3], units per pixel."""
    slopes = [ndimage.gaussian_gradient_magnitude(lab[..., channel], 0.7) for channel in range(3)]
    return np.sqrt(np.square(slopes).sum(0))


def boundaries(regions: npt.NDArray[np.int64]) -> Mask:
    """Lines between regions [H, W], bool [2H − 1, 2W − 1]: the places between pixels of two regions.

    As ``skimage.segmentation.find_boundaries(mode="subpixel")``, which takes a hundred times as long.
    """
    height, width = regions.shape
    lines = np.zeros((2 * height - 1, 2 * width - 1), dtype=bool)
    below, beside = regions[1:] != regions[:-1], regions[:, 1:] != regions[:, :-1]
    lines[1::2, ::2], lines[::2, 1::2] = below, beside
    lines[1::2, 1::2] = below[:, 1:] | below[:, :-1] | beside[1:] | beside[:-1]
    return lines


def _lone_marks(ink: Mask, lines: Mask) -> Mask:
    """Drawn lines that bound no region, such as a mouth, at the resolution of ``lines``."""
    if not ink.any():
        return np.zeros_like(lines)
    away = ndimage.distance_transform_edt(~lines)[::2, ::2] > 3
    marks = remove_small_objects(skeletonize(ink) & away, max_size=3, connectivity=2)
    fine = np.zeros_like(lines)
    fine[::2, ::2] = marks
    joined: Mask = ndimage.binary_closing(np.pad(fine, 2), _SQUARE)[2:-2, 2:-2]
    return joined


def _one_pixel_wide(lines: Mask) -> Mask:
    """Merge lines that run side by side, and thin them."""
    merged = remove_small_holes(ndimage.binary_dilation(lines, _SQUARE), max_size=20)
    thin: Mask = remove_small_objects(skeletonize(merged), max_size=16, connectivity=2)
    return thin


def picture_outlines(images: Tensor, side: int) -> Tensor:
    """Extract the lines of pictures without alpha, bool [N, side, side]: Canny's edges of each CIELAB channel.

    Args:
        images: uint8 [N, 3, H, W].
        side: pixels of the result; the pictures are scaled to it first.
    """
    if images.shape[-2:] != (side, side):
        images = F.interpolate(images.float(), (side, side), mode="bilinear", antialias=True, align_corners=False)
        images = images.round().clamp(0, 255).to(torch.uint8)
    found = [torch.from_numpy(_canny(color.rgb2lab(image))) for image in images.permute(0, 2, 3, 1).numpy()]
    return torch.stack(found)


def _canny(lab: npt.NDArray[np.float64]) -> Mask:
    limits = {"low_threshold": WEAK, "high_threshold": STRONG}
    found: Mask = np.any([feature.canny(channel, sigma=1, **limits) for channel in lab.transpose(2, 0, 1)], axis=0)
    return found
