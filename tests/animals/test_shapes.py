"""Shapes enclose what they say."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path

from rediffuse.animals.shapes import Points, bezier, capsule, chain, ear, ellipse

LENGTH = st.floats(0.1, 2.0)
PLACE = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


def circle(centre: tuple[float, float], radius: float) -> Points:
    turn = np.linspace(0, 2 * math.pi, 60)
    return np.stack([centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)], axis=1)


@given(centre=PLACE, across=LENGTH, down=LENGTH, angle=st.floats(-7, 7))
def test_every_point_of_an_ellipse_lies_on_it(
    centre: tuple[float, float], across: float, down: float, angle: float
) -> None:
    x, y = (ellipse(centre, across, down, angle) - np.array(centre)).T
    along, beside = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    np.testing.assert_allclose((along / across) ** 2 + (beside / down) ** 2, 1, rtol=1e-9)


@given(start=PLACE, end=PLACE, first=LENGTH, last=LENGTH)
def test_a_capsule_is_the_convex_hull_of_its_two_circles(
    start: tuple[float, float], end: tuple[float, float], first: float, last: float
) -> None:
    outline = capsule(start, end, first, last)
    both = np.concatenate([circle(start, first), circle(end, last)])
    for direction in circle((0, 0), 1.0):
        # A polygon of 20 points an arc reaches nearly as far as the circles do in every direction, never farther.
        reach, wanted = (
            float((outline @ direction).max()),
            max(float(np.dot(start, direction)) + first, float(np.dot(end, direction)) + last),
        )
        assert wanted - 0.03 * max(first, last) - 1e-6 <= reach <= wanted + 1e-6
    inside = Path(outline).contains_points(both * 0.5 + 0.5 * np.array(start if first > last else end))
    assert inside.mean() > 0.9


def test_a_chain_goes_from_place_to_place() -> None:
    parts = chain([(0, 0), (1, 0), (1, 1)], [0.2, 0.3, 0.1])
    assert len(parts) == 2
    np.testing.assert_array_equal(parts[1], capsule((1, 0), (1, 1), 0.3, 0.1))


@given(places=st.tuples(PLACE, PLACE, PLACE, PLACE))
def test_a_bezier_curve_is_de_casteljaus(places: tuple[tuple[float, float], ...]) -> None:
    curve = bezier(*places, count=5)
    for share, point in zip(np.linspace(0, 1, 5), curve, strict=True):
        level = [np.array(place) for place in places]
        while len(level) > 1:
            level = [(1 - share) * one + share * other for one, other in pairwise(level)]
        np.testing.assert_allclose(point, level[0], atol=1e-9)


@pytest.mark.parametrize("bulge", [0.0, 0.3])
def test_an_ear_has_its_three_corners_and_bulges_outward(bulge: float) -> None:
    outline = ear((-1, 0), (1, 0), (0.2, -2), bulge)
    for corner in ((-1, 0), (1, 0), (0.2, -2)):
        assert np.abs(outline - np.array(corner)).sum(1).min() < 1e-9
    straight = Path([(-1, 0), (0.2, -2), (1, 0)])
    assert straight.contains_points(outline, radius=-1e-6).sum() == 0
    area = 0.5 * abs(np.cross(outline, np.roll(outline, -1, axis=0)).sum())
    assert area == pytest.approx(2.0) if not bulge else area > 2.3
