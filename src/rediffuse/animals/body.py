"""A whole animal, from the side or sitting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rediffuse.animals.brush import Brush
from rediffuse.animals.canvas import Canvas, Colour
from rediffuse.animals.face import paint_face
from rediffuse.animals.head import paint_head
from rediffuse.animals.shapes import Place, Points, bezier, capsule, chain, ellipse

Range = tuple[float, float]

_RUNNING = {"cat": 0.35, "dog": 0.35, "giraffe": 0.35, "elephant": 0, "horse": 0.6}  # how often, of those from the side
_TURNED = 0.2  # how often a cat or a dog among them looks at the viewer


@dataclass(frozen=True)
class Build:
    """What an animal may measure, in one unit for all five; angles in degrees, upward."""

    length: Range  # from hip to shoulder
    depth: Range  # half the height of the trunk
    leg: Range  # below the trunk
    limb: Range  # half the width of a leg
    neck: Range
    rise: Range  # of the neck
    nape: Range  # half the width of the neck
    slope: Range = (-0.1, 0.1)  # of the shoulder above the hip


BUILDS = {
    "cat": Build((0.55, 1.05), (0.2, 0.27), (0.2, 0.48), (0.05, 0.085), (0.05, 0.2), (25, 70), (0.11, 0.17)),
    "dog": Build((0.5, 1.05), (0.2, 0.28), (0.22, 0.6), (0.045, 0.085), (0.1, 0.4), (35, 90), (0.1, 0.17)),
    "giraffe": Build((0.6, 0.9), (0.2, 0.28), (0.7, 1.1), (0.04, 0.07), (1, 1.6), (58, 85), (0.08, 0.13), (0.05, 0.25)),
    "elephant": Build((0.5, 0.95), (0.34, 0.5), (0.25, 0.5), (0.11, 0.17), (0, 0.12), (0, 50), (0.2, 0.28)),
    "horse": Build((0.6, 1.0), (0.21, 0.29), (0.45, 0.85), (0.03, 0.07), (0.35, 0.6), (30, 68), (0.12, 0.19)),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What one animal measures, its hip at the origin and its head to the right."""

    animal: str
    length: float
    depth: float
    leg: float
    limb: float
    rise: float  # of the neck, radians
    nape: float
    shoulder: Place
    head: Place
    stride: float


def paint_standing(brush: Brush, animal: str) -> None:
    """From the side, standing, walking or running."""
    frame = _draw_frame(brush, animal)
    phase = brush.between(0, 2 * math.pi)
    _legs(brush, frame, phase, brush.coat.fur * brush.between(0.75, 0.95))
    _TAILS[animal](brush, frame)
    _trunk(brush, frame)
    _MARKS[animal](brush, frame)
    _legs(brush, frame, phase + brush.between(1.5, 3.5), brush.coat.fur)
    if animal in ("cat", "dog") and brush.chance(0.25):
        _collar(brush, frame)
    if animal in ("cat", "dog") and brush.chance(_TURNED):
        _face_at(brush, animal, brush.between(0.22, 0.45), frame.head)
    else:
        paint_head(brush, animal, frame.head, frame.nape, frame.rise)


def paint_sitting(brush: Brush, animal: str) -> None:
    """From the front, a face above the body and a tail beside it."""
    coat, width, height = brush.coat, brush.between(0.38, 0.55), brush.between(0.6, 0.8)
    side = 1 if brush.chance(0.5) else -1
    reach = brush.between(0.5, 0.9) if animal == "cat" else brush.between(0.3, 0.6)
    tip = (side * (width + reach * brush.between(0.1, 0.5)), height * 0.3 - reach * brush.between(0.2, 0.6))
    curve = bezier(
        (side * width * 0.6, height * 0.7),
        (side * (width + reach * 0.5), height * 0.9),
        (side * (width + reach * 0.6), height * 0.3),
        tip,
    )
    thick = brush.between(0.06, 0.13)
    brush.paint(coat.fur, *chain(curve, np.linspace(thick, 0.7 * thick, len(curve))))
    haunches = [ellipse((at * width * 0.55, height * 0.7), width * 0.5, height * 0.35) for at in (-1, 1)]
    brush.paint(coat.fur, ellipse((0, height * 0.2), width * 0.8, height * 0.85), *haunches)
    if brush.chance(0.5):
        brush.mark(coat.light, ellipse((0, 0), width * 0.45, height * 0.5))
    for at in (-0.28, 0.28):
        brush.paint(coat.fur, capsule((at * width, height * 0.1), (at * width, height), width * 0.2, width * 0.22))
    _face_at(brush, animal, brush.between(0.42, 0.6), (brush.between(-0.1, 0.1), -height * 0.75))


def _face_at(brush: Brush, animal: str, scale: float, at: Place) -> None:
    """A face turned to the viewer, in front of the body."""
    body, brush.canvas = brush.canvas, Canvas()
    paint_face(brush, animal)
    body.place(brush.canvas, scale, at)
    brush.canvas = body


def _draw_frame(brush: Brush, animal: str) -> Frame:
    """What one animal measures."""
    build = BUILDS[animal]
    length, depth, leg, limb, neck, nape = (
        brush.between(*each) for each in (build.length, build.depth, build.leg, build.limb, build.neck, build.nape)
    )
    rise = math.radians(brush.between(*build.rise))
    shoulder = (length, -brush.between(*build.slope))
    head = (
        shoulder[0] + depth * 0.35 + neck * math.cos(rise),
        shoulder[1] - depth * 0.25 - neck * math.sin(rise),
    )
    running = brush.chance(_RUNNING[animal])
    stride = brush.between(0.15, 0.55) if running else brush.between(0, 0.12)
    return Frame(animal, length, depth, leg, limb, rise, nape, shoulder, head, stride)


def _legs(brush: Brush, frame: Frame, phase: float, colour: Colour) -> None:
    """A hind leg and a foreleg."""
    depth, leg, limb, ground = frame.depth, frame.leg, frame.limb, frame.depth + frame.leg
    for start, turn in ((depth * 0.1, 1.3), (frame.shoulder[0] - depth * 0.1, -1.3)):
        reach = frame.stride * math.sin(phase + turn) * leg
        bend = frame.stride * 0.5 * math.cos(phase) * leg
        foot = (start + reach, ground - max(0, math.cos(phase)) * frame.stride * 0.4)
        ankle = limb * brush.between(0.75, 1.05)
        knee = (start + reach * 0.4 + bend, depth * 0.5 + leg * 0.55)
        shapes = chain([(start, depth * 0.3), knee, foot], [limb * 1.6, limb * 1.05, ankle])
        if frame.animal in ("cat", "dog") and brush.chance(0.6):
            shapes.append(ellipse((foot[0] + limb * 0.5, foot[1]), limb * 1.3, limb * 0.8))
        brush.paint(colour, *shapes)
        if frame.animal in ("horse", "giraffe") and brush.chance(0.75):
            hoof = capsule(
                (foot[0], foot[1] - limb * 0.3), (foot[0] + limb * 0.2, foot[1] + limb * 0.6), ankle, ankle * 1.25
            )
            brush.paint(brush.coat.black, hoof)
        if frame.animal == "elephant" and brush.chance(0.5):
            brush.paint(
                brush.coat.light, ellipse((foot[0] + limb * 0.5, foot[1] + limb * 0.6), limb * 0.3, limb * 0.25)
            )


def _trunk(brush: Brush, frame: Frame) -> None:
    depth, (x, y) = frame.depth, frame.shoulder
    shapes = [capsule((0, 0), (x, y), depth * brush.between(0.82, 1), depth * brush.between(0.88, 1.06))]
    if brush.chance(0.5):
        shapes.append(ellipse((x / 2, brush.between(0, 0.04)), x * 0.55, depth * brush.between(0.75, 1)))
    root, top = frame.nape * brush.between(1.3, 1.7), frame.nape * brush.between(0.85, 1)
    brush.paint(brush.coat.fur, *shapes, capsule((x, y - depth * 0.1), frame.head, root, top))
    if frame.animal != "giraffe" and brush.chance(0.35):
        brush.mark(brush.coat.light, ellipse((x * 0.55, depth * 0.6), x * 0.4, depth * 0.33))


def _collar(brush: Brush, frame: Frame) -> None:
    x, y = frame.shoulder
    middle = np.array([x, y - frame.depth * 0.1]) * 0.3 + np.asarray(frame.head) * 0.7
    across = 0.9 * frame.nape * np.array([math.sin(frame.rise), math.cos(frame.rise)])
    brush.paint(brush.collar(), capsule(middle - across, middle + across, 0.03, 0.03))


def _root_of_tail(frame: Frame) -> tuple[float, float]:
    return -frame.depth * 0.75, -frame.depth * 0.35


def _tail_of_cat(brush: Brush, frame: Frame) -> None:
    """Long, and of one thickness."""
    (x, y), coat = _root_of_tail(frame), brush.coat
    long, lift = brush.between(0.6, 1.1), brush.between(-0.2, 1)
    curve = bezier(
        (x, y),
        (x - long * 0.4, y - long * 0.1 * lift),
        (x - long * brush.between(0.1, 0.5), y - long * 0.7 * lift),
        (x - long * brush.between(-0.15, 0.5), y - long * 0.95 * lift),
    )
    thick = brush.between(0.035, 0.07)
    radii = np.linspace(thick, thick * brush.between(0.6, 1.1), len(curve))
    brush.paint(coat.fur, *chain(curve, radii))
    if brush.chance(0.3):
        brush.paint(coat.dark if brush.chance(0.6) else coat.light, *chain(curve[-3:], radii[-3:]))


def _tail_of_dog(brush: Brush, frame: Frame) -> None:
    """Curled over the back, straight or hanging."""
    long, angle, curl = brush.between(0.25, 0.7), math.radians(brush.between(90, 190)), brush.between(-0.6, 1.4)
    places = [np.array(_root_of_tail(frame))]
    for bend in range(3):
        turned = angle - bend * curl
        places.append(places[-1] + 0.4 * long * np.array([math.cos(turned), -math.sin(turned)]))
    curve, thick = bezier(places[0], places[1], places[2], places[3]), brush.between(0.035, 0.08)
    radii = np.linspace(thick, thick * brush.between(0.3, 1.2), len(curve))
    brush.paint(brush.coat.fur if brush.chance(0.75) else brush.coat.dark, *chain(curve, radii))


def _tail_of_horse(brush: Brush, frame: Frame) -> None:
    """Of hair, hanging or flowing."""
    x, y = _root_of_tail(frame)
    long, back, thick = brush.between(0.5, 0.85), brush.between(0.1, 0.8), brush.between(0.06, 0.11)
    curve = bezier(
        (x, y),
        (x - long * back * 0.7, y - brush.between(0, 0.25)),
        (x - long * back, y + long * 0.5),
        (x - long * back * brush.between(0.6, 1.2), y + long * brush.between(0.5, 1)),
    )
    brush.paint(brush.coat.hair, *chain(curve, thick * np.array([0.5, 0.8, 1, 1.1, 1.1, 1, 0.9, 0.6, 0.25])))


def _tail_with_tuft(brush: Brush, frame: Frame) -> None:
    """Thin and hanging, as giraffes and elephants have."""
    x, y = _root_of_tail(frame)
    long, thin = brush.between(0.35, 0.7), brush.between(0.02, 0.035)
    curve = bezier(
        (x, y),
        (x - 0.1, y + 0.05),
        (x - brush.between(0.05, 0.3), y + long * 0.5),
        (x - brush.between(0.05, 0.3), y + long),
    )
    brush.paint(brush.coat.fur, *chain(curve, [thin] * len(curve)))
    brush.paint(brush.coat.dark, ellipse(curve[-1], thin * 1.8, thin * 2.6))


def _stripes(brush: Brush, frame: Frame) -> None:
    if brush.chance(0.5):
        first, last = frame.length * brush.between(0, 0.2), frame.length * brush.between(0.6, 0.9)
        for x in np.linspace(first, last, int(brush.random.integers(2, 5))):
            low = (float(x) + brush.between(-0.03, 0.03), -frame.depth * brush.between(0.1, 0.5))
            brush.line([(float(x), -frame.depth * 0.85), low], brush.between(0.015, 0.03), brush.coat.dark)


def _spots(brush: Brush, frame: Frame) -> None:
    """A few large ones."""
    if brush.chance(0.3):
        for _ in range(int(brush.random.integers(1, 4))):
            at = (brush.between(0, frame.length), brush.between(-0.6, 0.3) * frame.depth)
            spot = ellipse(at, brush.between(0.06, 0.2), brush.between(0.05, 0.14), brush.between(0, 3))
            brush.mark(brush.coat.dark if brush.chance(0.6) else brush.coat.light, spot)


def _saddle_or_spots(brush: Brush, frame: Frame) -> None:
    if brush.chance(0.25):
        seat = ellipse((frame.length * 0.5, -frame.depth * 0.75), frame.length * 0.2, frame.depth * 0.3)
        brush.paint(brush.random.uniform(40, 240, 3), seat)
    else:
        _spots(brush, frame)


def _patches(brush: Brush, frame: Frame) -> None:
    """A giraffe's, over trunk and neck."""
    (x, y), (to_x, to_y) = frame.shoulder, frame.head
    for _ in range(int(brush.random.integers(8, 18))):
        share = brush.between(0, 1)
        at = (
            (brush.between(-frame.depth * 0.4, frame.length + 0.05), brush.between(-0.6, 0.6) * frame.depth)
            if brush.chance(0.55)
            else (x + (to_x - x) * share + brush.between(-0.4, 0.4) * frame.nape, y + (to_y - y) * share)
        )
        brush.mark(brush.coat.dark, _patch(brush, at, brush.between(0.04, 0.085)))


def _patch(brush: Brush, at: Place, size: float) -> Points:
    """An uneven polygon."""
    turn = np.sort(brush.random.uniform(0, 2 * math.pi, int(brush.random.integers(4, 8))))
    return np.stack([at[0] + size * np.cos(turn), at[1] + size * np.sin(turn)], axis=1)


def _unmarked(brush: Brush, frame: Frame) -> None:
    """An elephant is of one colour."""


_TAILS = {
    "cat": _tail_of_cat,
    "dog": _tail_of_dog,
    "giraffe": _tail_with_tuft,
    "elephant": _tail_with_tuft,
    "horse": _tail_of_horse,
}
_MARKS = {
    "cat": _stripes,
    "dog": _spots,
    "giraffe": _patches,
    "elephant": _unmarked,
    "horse": _saddle_or_spots,
}
