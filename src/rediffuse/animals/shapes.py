"""Outlines of what animals are painted of: points [N, 2], x to the right and y downward, in any unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Place = tuple[float, float] | Points  # x and y

_TURN = 2 * math.pi


def ellipse(centre: Place, across: float, down: float, angle: float = 0.0) -> Points:
    """An ellipse of the given half axes, turned by an angle in radians."""
    return _arc(centre, across, down, angle, 0, _TURN, 40)


def capsule(start: Place, end: Place, first: float, last: float) -> Points:
    """What a string around two circles of radii ``first`` and ``last`` encloses: a limb."""
    (x, y), (to_x, to_y) = start, end
    angle = math.atan2(to_y - y, to_x - x)
    length = max(math.hypot(to_x - x, to_y - y), 1e-6)
    touches = math.acos(min(max((first - last) / length, -1), 1))
    return np.concatenate(
        [
            _arc(start, first, first, angle, touches, _TURN - touches, 20),
            _arc(end, last, last, angle, -touches, touches, 20),
        ]
    )


def chain(places: Sequence[Place] | Points, radii: Sequence[float] | npt.NDArray[np.float64]) -> list[Points]:
    """Capsules from place to place: a tail, a trunk, or a leg with its knee."""
    return [
        capsule(places[index], places[index + 1], float(radii[index]), float(radii[index + 1]))
        for index in range(len(places) - 1)
    ]


def bezier(start: Place, leaving: Place, arriving: Place, end: Place, count: int = 9) -> Points:
    """``count`` points along a cubic Bézier curve."""
    share = np.linspace(0, 1, count)[:, None]
    p0, p1, p2, p3 = (np.asarray(place, float) for place in (start, leaving, arriving, end))
    whole: Points = (
        (1 - share) ** 3 * p0 + 3 * (1 - share) ** 2 * share * p1 + 3 * (1 - share) * share**2 * p2 + share**3 * p3
    )
    return whole


def ear(left: Place, right: Place, tip: Place, bulge: float) -> Points:
    """A pointed ear on the base from ``left`` to ``right``, its sides bent outward by ``bulge``, about 0 to 0.4."""
    corners = [np.asarray(place, float) for place in (left, tip, right)]
    middle = sum(corners) / 3
    share = np.linspace(0, 1, 8)[:, None]
    sides = [
        start * (1 - share) + end * share + ((start + end) / 2 - middle) * bulge * 4 * share * (1 - share)
        for start, end in pairwise(corners)
    ]
    return np.concatenate(sides)


def _arc(centre: Place, across: float, down: float, angle: float, start: float, end: float, count: int) -> Points:
    turn = np.linspace(start, end, count)
    x, y = across * np.cos(turn), down * np.sin(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], axis=1)
