"""Painting layers of shapes, each layer outlined as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from rediffuse.animals.shapes import Place, Points

Colour = npt.NDArray[np.float64]  # red, green, blue, 0 to 255
Pixels = npt.NDArray[np.uint8]
Polygon = list[tuple[float, float]]  # corners in pixels

_SCALE = 4  # drawn that much larger, then averaged
_MARGIN = 0.03  # around the animal and its outline, of the side
_DARKER = 0.45  # an outline in the layer's own colour


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


@dataclass(frozen=True)
class Pens:
    """What draws the colours, and what draws where there are any."""

    colours: ImageDraw.ImageDraw
    cover: ImageDraw.ImageDraw

    def outline(self, polygons: Sequence[Polygon], colour: Colour, width: int) -> None:
        """Lines of that many pixels along the polygons."""
        for polygon in polygons:
            closed = polygon + polygon[:2]
            self.colours.line(closed, fill=_rgb(colour), width=width, joint="curve")
            self.cover.line(closed, fill=255, width=width, joint="curve")

    def fill(self, polygons: Sequence[Polygon], colour: Colour) -> None:
        """The polygons' insides."""
        for polygon in polygons:
            self.colours.polygon(polygon, fill=_rgb(colour))
            self.cover.polygon(polygon, fill=255)


@dataclass
class Canvas:
    """Layers from the back to the front, in any unit of length: all are fitted to the square in the end."""

    layers: list[Layer] = field(default_factory=list)

    def add(self, colour: Colour, *shapes: Points, outlined: bool = True) -> None:
        """A layer in front of all before; what is marked on a surface is not outlined."""
        self.layers.append(Layer(np.clip(colour, 0, 255), shapes, outlined))

    def place(self, other: Canvas, scale: float, at: Place) -> None:
        """All layers of another canvas in front, shrunk, its origin moved to ``at``."""
        self.layers += other.moved(lambda points: points * scale + np.asarray(at)).layers

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
        pens = Pens(ImageDraw.Draw(image), ImageDraw.Draw(alpha))
        for layer in self.layers:
            polygons = [[(float(x), float(y)) for x, y in shape * scale + shift] for shape in layer.shapes]
            if layer.outlined and ink.width:
                width = max(2, round(2 * ink.width * side))  # half of it is painted over by the fill
                pens.outline(polygons, layer.colour * _DARKER if ink.colour is None else ink.colour, width)
            pens.fill(polygons, layer.colour)
        return _averaged(image, alpha, size)


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
