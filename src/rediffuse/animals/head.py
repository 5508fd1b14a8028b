"""Heads from the side, looking to the right."""

from __future__ import annotations

import math

import numpy as np

from rediffuse.animals.brush import IVORY, WHITE, Brush
from rediffuse.animals.shapes import Place, bezier, capsule, chain, ear, ellipse


def paint_head(brush: Brush, animal: str, at: Place, nape: float, rise: float) -> None:
    """The head at the end of a neck.

    Args:
        nape: half the width of the neck.
        rise: angle of the neck above the horizon, radians.
    """
    if animal == "cat":
        _cat(brush, at)
    elif animal == "dog":
        _dog(brush, at)
    elif animal == "elephant":
        _elephant(brush, at)
    else:
        _long_head(brush, animal, at, nape, rise)


def paint_bust(brush: Brush, animal: str) -> None:
    """Head and neck of a horse or a giraffe."""
    rise = math.radians(brush.between(50, 85))
    horse = animal == "horse"
    nape = brush.between(0.1, 0.17) if horse else brush.between(0.07, 0.1)
    neck = brush.between(0.35, 0.6) if horse else brush.between(0.6, 0.9)
    head = (neck * math.cos(rise), -neck * math.sin(rise))
    brush.paint(brush.coat.fur, capsule((0, 0), head, nape * (brush.between(1.7, 2.8) if horse else 1.4), nape))
    if not horse:
        for share in np.linspace(0.05, 0.9, int(brush.random.integers(4, 8))):
            spot = (head[0] * share + brush.between(-0.5, 0.5) * nape, head[1] * share)
            brush.mark(brush.coat.dark, ellipse(spot, brush.between(0.03, 0.05), brush.between(0.03, 0.05)))
    paint_head(brush, animal, head, nape, rise)


def _cat(brush: Brush, at: Place) -> None:
    """Round, with pointed ears and hardly a muzzle."""
    coat, size = brush.coat, brush.between(0.18, 0.32)
    x, y = at[0] + size * 0.2, at[1] - size * 0.2
    for along, colour in ((-0.25, coat.fur * 0.85), (0.4, coat.fur)):
        middle, half = x + along * size * brush.between(0.7, 1.3), size * brush.between(0.35, 0.5)
        tip = (middle + brush.between(-0.1, 0.2) * size, y - size * brush.between(1.35, 1.8))
        base = y - size * 0.55
        brush.paint(colour, ear((middle - half, base), (middle + half, base), tip, brush.between(0, 0.3)))
        if brush.chance(0.6):
            inner = ear(
                (middle - half * 0.5, y - size * 0.7),
                (middle + half * 0.5, y - size * 0.7),
                (middle + 0.05 * size, y - size * 1.25),
                0.12,
            )
            brush.mark(coat.pink, inner)
    muzzle = ellipse((x + size * 0.65, y + size * 0.3), size * brush.between(0.35, 0.5), size * brush.between(0.3, 0.4))
    brush.paint(coat.fur, ellipse((x, y), size * brush.between(1, 1.15), size * brush.between(0.85, 1)), muzzle)
    if brush.chance(0.4):
        brush.mark(coat.light, ellipse((x + size * 0.7, y + size * 0.38), size * 0.38, size * 0.28))
    nose = ellipse((x + size * brush.between(0.95, 1.1), y + size * 0.15), size * 0.12, size * 0.09)
    brush.mark(coat.pink if brush.chance(0.6) else coat.black, nose)
    eye = brush.draw_eye(size * 0.11, size * 0.2)
    brush.eye((x + size * brush.between(0.3, 0.5), y - size * 0.1), eye)
    if brush.chance(0.3):
        brush.eye((x + size * brush.between(0.8, 0.95), y - size * 0.1), eye)
    if brush.chance(0.6):
        for whisker in range(int(brush.random.integers(2, 4))):
            end = (x + size * brush.between(1.2, 1.7), y + size * (0.1 + 0.25 * whisker))
            colour = coat.black if brush.chance(0.5) else WHITE
            brush.line([(x + size * 0.8, y + size * 0.35), end], brush.between(0.006, 0.012), colour)


def _dog(brush: Brush, at: Place) -> None:
    """With a long muzzle; the ears hang or stand."""
    coat, size = brush.coat, brush.between(0.16, 0.34)
    x, y = at[0] + size * 0.25, at[1] - size * 0.15
    thick = size * brush.between(0.35, 0.6)
    tip = (x + size * brush.between(0.7, 1.5), y + size * (0.15 + brush.between(-0.05, 0.35)))
    standing = brush.chance(0.5)
    if standing:
        _standing_ears(brush, (x, y), size)
    muzzle = capsule((x + size * 0.2, y + size * 0.2), tip, size * brush.between(0.55, 0.75), thick)
    brush.paint(coat.fur, ellipse((x, y), size * brush.between(0.95, 1.1), size * brush.between(0.85, 1)), muzzle)
    if brush.chance(0.4):
        half = capsule((x + size * 0.9, y + size * 0.35), tip, thick * 0.8, thick * 0.85)
        brush.mark(coat.light if brush.chance(0.6) else coat.dark, half)
    nose = (tip[0] + thick * 0.7, tip[1] - thick * 0.5)
    brush.mark(coat.black, ellipse(nose, size * brush.between(0.17, 0.27), size * brush.between(0.14, 0.22)))
    if brush.chance(0.5):
        corner = (x + size * brush.between(0.7, 1), y + size * brush.between(0.5, 0.7))
        brush.line([(tip[0] + thick * 0.6, tip[1] + thick * 0.4), corner], brush.between(0.007, 0.014), coat.black)
    if brush.chance(0.3):
        root = tip[1] + thick * 0.7
        hanging = (tip[0] + size * 0.1, root + size * brush.between(0.2, 0.6))
        brush.paint(coat.pink, capsule((tip[0], root), hanging, size * 0.16, size * 0.15))
    brush.eye((x + size * brush.between(0.3, 0.55), y - size * 0.2), brush.draw_eye(size * 0.1, size * 0.17))
    if not standing:
        long = brush.between(0.7, 1.3) * size
        middle = (x - size * brush.between(0.3, 0.7), y + size * brush.between(-0.1, 0.5))
        hanging_ear = ellipse(middle, long * brush.between(0.3, 0.5), long, brush.between(-0.3, 0.6))
        brush.paint(coat.dark if brush.chance(0.75) else coat.fur, hanging_ear)


def _standing_ears(brush: Brush, head: Place, size: float) -> None:
    coat, (x, y) = brush.coat, head
    half = size * brush.between(0.25, 0.42)
    for along, colour in ((-0.55, coat.dark), (-0.1, coat.fur if brush.chance(0.6) else coat.dark)):
        middle = x + along * size
        tip = (middle + brush.between(-0.4, 0.2) * size, y - size * brush.between(1.4, 2))
        left, right = (middle - half, y - size * 0.5), (middle + half, y - size * 0.6)
        brush.paint(colour, ear(left, right, tip, brush.between(0, 0.35)))
        if brush.chance(0.35):
            inner = ear(
                (middle - half * 0.5, y - size * 0.7),
                (middle + half * 0.5, y - size * 0.7),
                (middle - 0.1 * size, y - size * 1.3),
                0.12,
            )
            brush.mark(coat.pink, inner)


def _elephant(brush: Brush, at: Place) -> None:
    """With trunk, tusk and a large ear."""
    coat, size = brush.coat, brush.between(0.28, 0.48)
    x, y = at[0] + size * 0.1, at[1] - size * brush.between(-0.1, 0.3)
    long, lifted = brush.between(0.6, 1), brush.chance(0.4)
    root = (x + size * 0.75, y + size * 0.2)
    out, down = ((0.4, 0.8), (-0.2, 0.4)) if lifted else ((0, 0.35), (0.75, 1))
    curve = bezier(
        root,
        (root[0] + long * 0.35, root[1] + long * 0.2),
        (root[0] + long * brush.between(0.1, 0.4), root[1] + long * 0.8),
        (root[0] + long * brush.between(*out), root[1] + long * brush.between(*down)),
    )
    thick = size * brush.between(0.35, 0.5)
    trunk = chain(curve, np.linspace(thick, thick * brush.between(0.35, 0.6), len(curve)))
    brush.paint(coat.fur, ellipse((x, y), size, size * brush.between(0.9, 1.05)), *trunk)
    if brush.chance(0.6):
        end = (x + size * 1.35, y + size * brush.between(0.6, 0.9))
        places = ((x + size * 0.6, y + size * 0.6), (x + size * 0.8, y + size * 0.9), (x + size * 1.1, y + size), end)
        brush.paint(IVORY, *chain(bezier(*places, count=5), size * np.array([0.12, 0.11, 0.09, 0.07, 0.03])))
    brush.eye((x + size * brush.between(0.35, 0.55), y - size * 0.15), brush.draw_eye(size * 0.07, size * 0.12))
    middle = (x - size * brush.between(0.35, 0.6), y + size * brush.between(-0.1, 0.25))
    half = (size * brush.between(0.5, 0.75), size * brush.between(0.65, 0.95))
    brush.paint(coat.fur * brush.between(0.8, 1.1), ellipse(middle, *half, brush.between(-0.3, 0.3)))
    if brush.chance(0.4):
        brush.mark(coat.pink * 0.9, ellipse((x - size * 0.45, y + size * 0.1), size * 0.35, size * 0.5))


def _long_head(brush: Brush, animal: str, at: Place, nape: float, rise: float) -> None:
    """Of a horse, with its mane, or of a giraffe, with its ossicones."""
    coat, (x, y), horse = brush.coat, at, animal == "horse"
    scale = brush.between(0.9, 1.45) if horse else brush.between(0.55, 0.85)
    fall = math.radians(brush.between(20, 70) if horse else brush.between(10, 60))
    long, size = brush.between(0.32, 0.48) * scale, brush.between(0.1, 0.14) * scale
    ahead = np.array([math.cos(fall), math.sin(fall)])
    crown = np.array([x, y])
    tip = crown + long * ahead
    tall = size * brush.between(1, 1.8)
    for along, colour in ((-0.5, coat.fur * 0.85), (0.1, coat.fur)):
        middle = x + along * size
        point = (middle + brush.between(-0.4, 0.3) * size, y - size * 0.7 - tall)
        brush.paint(
            colour, ear((middle - size * 0.4, y - size * 0.6), (middle + size * 0.35, y - size * 0.7), point, 0.3)
        )
    if not horse:
        for along in (0, 0.5):
            knob = (x + along * size + brush.between(-0.1, 0.2) * size, y - size * brush.between(1.8, 2.6))
            brush.paint(coat.fur, capsule((x + along * size, y - size * 0.6), knob, size * 0.17, size * 0.15))
            brush.paint(coat.dark, ellipse(knob, size * 0.28, size * 0.28))
    brush.paint(coat.fur, capsule(crown, tip, size * brush.between(1.1, 1.35), size * brush.between(0.65, 0.9)))
    if brush.chance(0.5):
        muzzle = capsule(crown + 0.8 * long * ahead, tip, size * 0.75, size * 0.8)
        brush.mark(coat.dark if brush.chance(0.5) else coat.light, muzzle)
    brush.mark(coat.black, ellipse((tip[0] + size * 0.3, tip[1] - size * 0.1), size * 0.13, size * 0.17))
    eye = (x + size * (0.5 * ahead[0] + 0.1), y - size * 0.05)
    brush.eye(eye, brush.draw_eye(size * 0.17, size * 0.26))
    if horse or brush.chance(0.5):
        _mane(brush, animal, at, nape, rise, size)


def _mane(brush: Brush, animal: str, at: Place, nape: float, rise: float, size: float) -> None:
    """Tufts down the back of the neck, and a horse's forelock."""
    horse = animal == "horse"
    colour = brush.coat.hair if horse else brush.coat.dark
    wide, long = (brush.between(0.05, 0.13), brush.between(0.45, 0.7)) if horse else (0.035, 0.9)
    along = np.array([math.cos(rise), -math.sin(rise)])
    behind = np.array([-math.sin(rise), -math.cos(rise)]) * nape * brush.between(0.5, 0.9)
    start = np.array([at[0] - size * 0.6, at[1] - size * 0.4])
    uneven = brush.between(0, 0.3)
    tufts = []
    for share in np.linspace(0, 1, int(brush.random.integers(5, 14))):
        half = (wide * brush.between(1 - uneven, 1 + uneven), 1.5 * wide * brush.between(1 - uneven, 1 + uneven))
        tufts.append(ellipse(start - along * long * share + behind, *half, -rise + brush.between(-uneven, uneven)))
    brush.canvas.add(colour, *tufts, outlined=brush.chance(0.6))
    if horse and brush.chance(0.6):
        brush.mark(colour, ellipse((at[0] + size * 0.3, at[1] - size * 0.8), size * 0.5, size * 0.35, 0.6))
