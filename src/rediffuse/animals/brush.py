"""What every part of an animal is painted with: chance, a canvas, and the colours of one coat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rediffuse.animals.canvas import Canvas, Colour, Ink
from rediffuse.animals.shapes import Place, Points, chain, ellipse

WHITE: Colour = np.array([255.0, 255, 255])
IVORY: Colour = np.array([250.0, 245, 225])
_COLLARS = np.array([[220.0, 50, 50], [60, 110, 210], [60, 170, 90]])
_IRISES = np.array([[120.0, 170, 80], [200, 160, 60], [90, 150, 190], [90, 60, 40]])
# Cats, dogs and horses share their furs, so that a colour alone names none of them.
_FURS = np.array(
    [
        *([160.0, 105, 60], [200, 150, 95], [235, 200, 150], [250, 235, 215], [120, 75, 45], [90, 60, 45]),
        *([70, 70, 75], [140, 140, 145], [190, 190, 195], [240, 240, 240], [240, 160, 60], [250, 190, 70]),
        *([245, 215, 110], [215, 130, 90], [60, 50, 50], [180, 120, 110], [120, 130, 150]),
    ]
)
_USUAL = {  # fur and marks that most of these have
    "giraffe": (np.array([245.0, 205, 110]), np.array([165.0, 100, 50])),
    "elephant": (np.array([150.0, 155, 170]), np.array([105.0, 110, 120])),
}


@dataclass(frozen=True)
class Coat:
    """Colours of one animal."""

    fur: Colour
    dark: Colour  # of marks, and of an ear or a muzzle
    light: Colour
    hair: Colour  # mane and a horse's tail
    black: Colour  # nose, pupils, hooves
    pink: Colour  # tongue, and the inside of an ear


@dataclass(frozen=True)
class Eye:
    """Both eyes of an animal are of one kind."""

    kind: str  # dot | white | iris
    size: float  # half its height
    iris: Colour


class Brush:
    """Chance, canvas and coat of one animal.

    Args:
        animal: one of those that are painted.
        random: every choice is read from it, in one order.
    """

    def __init__(self, animal: str, random: np.random.Generator) -> None:
        self.random = random
        self.canvas = Canvas()
        self.ink = self._draw_ink()
        self.coat = self._draw_coat(animal)

    def between(self, low: float, high: float) -> float:
        """A number of the range."""
        return float(self.random.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Whether something of that share of cases comes up."""
        return bool(self.random.random() < share)

    def paint(self, colour: Colour, *shapes: Points) -> None:
        """A part of the body, outlined where the artist outlines."""
        self.canvas.add(colour, *shapes)

    def mark(self, colour: Colour, *shapes: Points) -> None:
        """What lies on a surface."""
        self.canvas.add(colour, *shapes, outlined=False)

    def line(self, places: Sequence[Place] | Points, width: float, colour: Colour) -> None:
        """A line of half the given width on either side: a whisker, a mouth or a stripe."""
        self.mark(colour, *chain(places, [width] * len(places)))

    def draw_eye(self, low: float, high: float) -> Eye:
        """The kind of both eyes."""
        kind = str(self.random.choice(["dot", "white", "iris"], p=[0.5, 0.3, 0.2]))
        return Eye(kind, self.between(low, high), self.random.choice(_IRISES))

    def eye(self, at: Place, eye: Eye) -> None:
        """One eye."""
        size = eye.size
        if eye.kind == "dot":
            self.mark(self.coat.black, ellipse(at, size * 0.8, size))
        elif eye.kind == "white":
            self.paint(WHITE, ellipse(at, size * 1.3, size * 1.3))
            self.mark(self.coat.black, ellipse((at[0] + size * 0.2, at[1] + size * 0.2), size * 0.75, size * 0.75))
        else:
            self.paint(eye.iris, ellipse(at, size * 1.2, size * 1.2))
            self.mark(self.coat.black, ellipse(at, size * 0.5, size * 0.9))

    def collar(self) -> Colour:
        """A bright colour."""
        colour: Colour = self.random.choice(_COLLARS)
        return colour

    def _draw_ink(self) -> Ink:
        if not self.chance(0.45):
            return Ink(None, 0)
        width = self.between(0.012, 0.03)
        return Ink(np.full(3, self.between(0, 50)) if self.chance(0.6) else None, width)

    def _draw_coat(self, animal: str) -> Coat:
        fur = self.random.choice(_FURS) * self.between(0.85, 1.12) + self.random.normal(0, 10, 3)
        dark = fur * self.between(0.45, 0.75)
        if animal in _USUAL and self.chance(0.75):
            usual, marks = _USUAL[animal]
            light = self.between(0.8, 1.1) if animal == "giraffe" else self.between(0.6, 1.25)
            fur, dark = usual * light + self.random.normal(0, 8, 3), marks * light
        fur = np.clip(fur, 20, 255)
        black = np.array([25.0, 22, 25]) + self.between(0, 40)
        return Coat(
            fur=fur,
            dark=dark,
            light=fur + (255 - fur) * self.between(0.4, 0.9),
            hair=dark if self.chance(0.6) else black + self.between(0, 30),
            black=black,
            pink=np.array([245.0, 150, 170]) + self.random.normal(0, 15, 3),
        )
