"""Painting layers of shapes, each layer outlined as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from rediffuse.animals.shapes import Place, Points

Colour = npt.NDArray[np.float64]  # red, green, blue, 0 to 255
Pixels = npt.NDArray[np.uint8]

_SCALE = 4  # drawn that much larger, then averaged
_MARGIN = 0.03  # around the animal and its outline, of the side


@dataclass(frozen=True)
class Layer:
    """Shapes of one colour."""

    colour: Colour
    shapes: tuple[Points, ...]
    outlined: bool


@dataclass(frozen=True)
class Ink:
    """How an artist outlines.

    Attributes:
        colour: None where each layer's is its own, darker.
        width: of the line, of the picture's side; 0 draws none.
    """

    colour: Colour | None
    width: float


@dataclass
class Canvas:
    """Layers from the back to the front, in any unit of length: all are fitted to the square in the end."""

    layers: list[Layer] = field(default_factory=list)

    def add(self, colour: Colour, *shapes: Points, outlined: bool = True) -> None:
        """A layer in front of all before; what is marked on a surface is not outlined."""
        self.layers.append(Layer(np.clip(colour, 0, 255), shapes, outlined))

    def place(self, other: Canvas, scale: float, at: Place) -> None:
        """All layers of another canvas in front, shrunk, its origin moved to ``at``."""
        for layer in other.layers:
            moved = tuple(shape * scale + np.asarray(at) for shape in layer.shapes)
            self.layers.append(Layer(layer.colour, moved, layer.outlined))

    def corners(self) -> tuple[Points, Points]:
        """Least and greatest x and y of all points, each [2]."""
        points = np.concatenate([shape for layer in self.layers for shape in layer.shapes])
        return points.min(0), points.max(0)

    def moved(self, warp: Callable[[Points], Points]) -> Canvas:
        """The same with every point moved."""
        return Canvas([replace(layer, shapes=tuple(map(warp, layer.shapes))) for layer in self.layers])

    def drawn(self, size: int, ink: Ink) -> Pixels:
        """The animal as large as the square lets it be, RGBA uint8 [size, size, 4], clear where it is not."""
        side = size * _SCALE
        low, high = self.corners()
        scale = side * (1 - 2 * (_MARGIN + ink.width)) / float((high - low).max())
        shift = side / 2 - (low + high) / 2 * scale
        image, alpha = Image.new("RGB", (side, side)), Image.new("L", (side, side))
        for layer in self.layers:
            polygons = [[(float(x), float(y)) for x, y in shape * scale + shift] for shape in layer.shapes]
            if layer.outlined and ink.width:
                _outline(image, alpha, polygons, layer.colour * _DARKER if ink.colour is None else ink.colour, ink)
            _fill(image, alpha, polygons, layer.colour)
        return _averaged(image, alpha, size)


_DARKER = 0.45  # an outline in the layer's own colour


def _outline(
    image: Image.Image, alpha: Image.Image, polygons: Iterable[list[tuple[float, float]]], colour: Colour, ink: Ink
) -> None:
    width = max(2, round(2 * ink.width * image.width))  # half of it is painted over by the fill
    for polygon in polygons:
        closed = polygon + polygon[:2]
        ImageDraw.Draw(image).line(closed, fill=_rgb(colour), width=width, joint="curve")
        ImageDraw.Draw(alpha).line(closed, fill=255, width=width, joint="curve")


def _fill(
    image: Image.Image, alpha: Image.Image, polygons: Iterable[list[tuple[float, float]]], colour: Colour
) -> None:
    for polygon in polygons:
        ImageDraw.Draw(image).polygon(polygon, fill=_rgb(colour))
        ImageDraw.Draw(alpha).polygon(polygon, fill=255)


def _rgb(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in colour)
    return red, green, blue


def _averaged(image: Image.Image, alpha: Image.Image, size: int) -> Pixels:
    """Colours averaged over what is painted alone, so that no edge is darkened by what lies beside it."""
    blocks = (size, _SCALE, size, _SCALE)
    cover = np.asarray(alpha, np.float64).reshape(*blocks, 1) / 255
    colours = np.asarray(image, np.float64).reshape(*blocks, 3)
    share = cover.mean((1, 3))
    mean = (colours * cover).mean((1, 3)) / np.maximum(share, 1e-9)
    return np.concatenate([mean, 255 * share], axis=-1).round().astype(np.uint8)
