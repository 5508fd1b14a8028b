"""Faces from the front, about 2 units wide, the middle of the head at the origin."""

from __future__ import annotations

import numpy as np

from rediffuse.animals.brush import IVORY, WHITE, Brush
from rediffuse.animals.canvas import Colour
from rediffuse.animals.shapes import bezier, capsule, chain, ear, ellipse

SIDES = (-1, 1)  # left, right


def paint_face(brush: Brush, animal: str) -> None:
    """The face of any of the animals but the giraffe, which is always painted from the side."""
    {"cat": _cat, "dog": _dog, "elephant": _elephant, "horse": _horse}[animal](brush)


def _cat(brush: Brush) -> None:
    """Wide, with pointed ears, a small nose and whiskers."""
    coat, height = brush.coat, brush.between(0.72, 1)
    _ears_of_cat(brush, height)
    brush.paint(coat.fur, ellipse((0, 0), 1, height))
    if brush.chance(0.45):
        for x in (-0.2, 0, 0.2):
            low = (x * 0.7, -height * brush.between(0.5, 0.65))
            brush.line([(x, -height * 0.92), low], brush.between(0.03, 0.05), coat.dark)
    if brush.chance(0.35):
        brush.mark(coat.light, ellipse((0, height * 0.5), 0.45 * brush.between(0.8, 1.2), height * 0.38))
    _eyes(brush, brush.between(0.35, 0.48), -height * brush.between(-0.05, 0.15), 0.1, 0.19)
    nose = ear((-0.1, height * 0.22), (0.1, height * 0.22), (0, height * 0.36), 0.2)
    brush.mark(coat.pink if brush.chance(0.6) else coat.black, nose)
    if brush.chance(0.8):
        wide = brush.between(0.015, 0.03)
        for side in SIDES:
            corner = (side * 0.28, height * 0.42)
            lip = bezier((0, height * 0.36), (side * 0.02, height * 0.55), (side * 0.22, height * 0.58), corner, 6)
            brush.line(lip, wide, coat.black)
    if brush.chance(0.7):
        reach, wide = brush.between(0.9, 1.25), brush.between(0.01, 0.022)
        colour = coat.black if brush.chance(0.6) else WHITE
        for whisker in range(int(brush.random.integers(2, 4))):
            for side in SIDES:
                end = (side * reach, height * (0.15 + 0.2 * whisker))
                brush.line([(side * 0.5, height * (0.3 + 0.09 * whisker)), end], wide, colour)


def _ears_of_cat(brush: Brush, height: float) -> None:
    coat, half, tip = brush.coat, brush.between(0.28, 0.42), brush.between(0.55, 0.95)
    top, bulge = -height * brush.between(1.15, 1.55), brush.between(0, 0.25)
    colour = coat.fur if brush.chance(0.8) else coat.dark
    inside = (coat.pink if brush.chance(0.7) else coat.dark) if brush.chance(0.8) else None
    for side in SIDES:
        outer = (side * min(0.98, 0.62 + half), -height * 0.2)
        brush.paint(colour, ear((side * (0.62 - half), -height * 0.55), outer, (side * tip, top), bulge))
        if inside is not None:
            left, right = (side * (0.64 - half * 0.5), -height * 0.62), (side * (0.64 + half * 0.45), -height * 0.4)
            brush.mark(inside, ear(left, right, (side * tip * 0.97, top * 0.87), 0.1))


def _dog(brush: Brush) -> None:
    """With a broad muzzle and a large nose; the ears hang, stand or are folded."""
    coat, width, height = brush.coat, brush.between(0.75, 1), brush.between(0.8, 1.15)
    ears = str(brush.random.choice(["hanging", "standing", "folded"], p=[0.45, 0.35, 0.2]))
    colour = coat.dark if brush.chance(0.65) else coat.fur
    if ears != "hanging":
        _standing_ears(brush, width, height, colour, folded=ears == "folded")
    jaw = ellipse((0, height * 0.4), width * brush.between(0.55, 0.85), height * 0.6)
    brush.paint(coat.fur, ellipse((0, -height * 0.1), width, height * 0.9), jaw)
    if brush.chance(0.3):
        side = 1 if brush.chance(0.5) else -1
        brush.mark(coat.dark, ellipse((side * 0.4, -height * 0.15), 0.3, 0.36 * height))
    if brush.chance(0.35):
        blaze = capsule((0, -height * 0.85), (0, height * 0.3), brush.between(0.06, 0.14), brush.between(0.15, 0.3))
        brush.mark(coat.light, blaze)
    _muzzle(brush, height)
    _eyes(brush, brush.between(0.32, 0.45), -height * brush.between(0.05, 0.25), 0.09, 0.16)
    if ears == "hanging":
        out, down, lean = brush.between(0.85, 1), height * brush.between(0.1, 0.35), brush.between(-0.35, 0.1)
        half = (brush.between(0.2, 0.34), brush.between(0.4, 0.65) * height)
        for side in SIDES:
            brush.paint(colour, ellipse((side * out * width, -down), *half, side * lean))


def _standing_ears(brush: Brush, width: float, height: float, colour: Colour, folded: bool) -> None:
    coat, out, top = brush.coat, brush.between(0.5, 1), -height * brush.between(1.25, 1.65)
    bulge, pink = brush.between(0.05, 0.35), brush.chance(0.55)
    for side in SIDES:
        tip = (side * out * width, top)
        left, right = (side * 0.18, -height * 0.75), (side * 0.92 * width, -height * 0.35)
        brush.paint(colour, ear(left, right, tip, bulge))
        if pink:
            inner = (side * 0.36, -height * 0.8), (side * 0.78 * width, -height * 0.55)
            brush.mark(coat.pink, ear(*inner, (tip[0] * 0.96, top * 0.88), 0.15))
        if folded:
            flap = (
                (side * 0.3, -height * 1.1),
                (side * 0.95 * width, -height * 0.8),
                (side * 0.8 * width, -height * 0.55),
            )
            brush.paint(colour * 0.85, ear(*flap, 0.1))


def _muzzle(brush: Brush, height: float) -> None:
    """Of a dog, with nose, mouth and tongue."""
    coat, half, y = brush.coat, brush.between(0.38, 0.6), height * brush.between(0.35, 0.5)
    colour = coat.light if brush.chance(0.75) else (coat.dark if brush.chance(0.5) else coat.fur)
    shapes = (
        [ellipse((0, y), half, height * brush.between(0.3, 0.45))]
        if brush.chance(0.6)
        else [
            *(ellipse((side * half * 0.45, y + 0.05), half * 0.55, height * 0.3) for side in SIDES),
            ellipse((0, y - 0.12), half * 0.5, height * 0.25),
        ]
    )
    brush.canvas.add(colour, *shapes, outlined=brush.chance(0.5))
    if brush.chance(0.5):
        end = (brush.between(-0.05, 0.05), y + height * brush.between(0.35, 0.6))
        thick = brush.between(0.12, 0.18)
        brush.paint(coat.pink, capsule((0, y + height * 0.22), end, thick, thick))
    if brush.chance(0.85):
        wide = brush.between(0.015, 0.035)
        for side in SIDES:
            bends = (side * 0.02, y + height * 0.22), (side * 0.2, y + height * 0.26)
            brush.line(bezier((0, y), *bends, (side * half * 0.65, y + height * 0.14), 6), wide, coat.black)
    nose = ellipse((0, y - height * brush.between(0.1, 0.2)), brush.between(0.14, 0.24), brush.between(0.1, 0.17))
    brush.mark(coat.black if brush.chance(0.9) else coat.dark * 0.5, nose)


def _elephant(brush: Brush) -> None:
    """With large ears, and the trunk hanging between the tusks."""
    coat, height, wide = brush.coat, brush.between(0.8, 1.15), brush.between(0.55, 0.85)
    out, tall = brush.between(0.95, 1.15), wide * brush.between(0.9, 1.3)
    pink = brush.chance(0.6)
    for side in SIDES:
        brush.paint(coat.fur * 0.9, ellipse((side * out, -height * 0.1), wide, tall))
        if pink:
            brush.mark(coat.pink * 0.9, ellipse((side * out, -height * 0.1), wide * 0.65, tall * 0.7))
    end = (brush.between(-0.5, 0.5), height * brush.between(1.2, 1.5))
    curve = bezier((0, height * 0.1), (0, height * 0.6), (brush.between(-0.2, 0.2), height * 1.1), end)
    trunk = chain(curve, np.linspace(brush.between(0.26, 0.34), brush.between(0.12, 0.2), len(curve)))
    brush.paint(coat.fur, ellipse((0, -0.1), brush.between(0.7, 0.85), height * 0.9), *trunk)
    _eyes(brush, brush.between(0.35, 0.45), -height * 0.2, 0.07, 0.12)
    tip = brush.between(0.45, 0.65), height * brush.between(0.75, 1)
    for side in SIDES:
        brush.paint(IVORY, capsule((side * 0.4, height * 0.5), (side * tip[0], tip[1]), 0.1, 0.03))


def _horse(brush: Brush) -> None:
    """Long, with upright ears, a forelock and nostrils."""
    coat, long = brush.coat, brush.between(1.3, 1.7)
    tip = brush.between(0.4, 0.6), -brush.between(1.15, 1.4)
    for side in SIDES:
        brush.paint(coat.fur, ear((side * 0.15, -0.75), (side * 0.55, -0.6), (side * tip[0], tip[1]), 0.3))
    if brush.chance(0.5):
        brush.mark(coat.hair, ellipse((-0.35 * brush.between(0.8, 1.4), 0), 0.35, brush.between(0.6, 1.1), 0.1))
    nose = (0, long * 0.6)
    brush.paint(coat.fur, capsule((0, -0.35), nose, brush.between(0.5, 0.62), brush.between(0.3, 0.42)))
    if brush.chance(0.5):
        brush.mark(coat.light, capsule((0, -0.5), nose, brush.between(0.08, 0.15), brush.between(0.1, 0.2)))
    brush.mark(coat.dark if brush.chance(0.5) else coat.light, ellipse((0, long * 0.68), 0.4, 0.32))
    for side in SIDES:
        brush.mark(coat.black, ellipse((side * 0.17, long * 0.66), 0.06, 0.09))
    _eyes(brush, brush.between(0.33, 0.42), -0.2, 0.07, 0.12)
    forelock = ellipse((brush.between(-0.1, 0.1), -0.75), brush.between(0.2, 0.35), brush.between(0.25, 0.4))
    brush.mark(coat.hair, forelock)


def _eyes(brush: Brush, apart: float, y: float, low: float, high: float) -> None:
    eye = brush.draw_eye(low, high)
    for side in SIDES:
        brush.eye((side * apart, y), eye)
