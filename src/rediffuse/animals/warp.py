"""A hand's own proportions: an animal wider or taller, leaning, and nowhere quite regular."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rediffuse.animals.shapes import Points

_WAVES = 3


def draw_warp(random: np.random.Generator, low: Points, high: Points) -> Callable[[Points], Points]:
    """A smooth map of the plane for an animal between two corners, each [2]."""
    middle, side = (low + high) / 2, float((high - low).max())
    stretch, lean = random.normal(0, 0.1), random.normal(0, 0.1)
    linear = np.array([[math.exp(stretch), lean], [random.normal(0, 0.07), math.exp(-stretch)]])
    waves = random.normal(0, 5, (_WAVES, 2))  # radians over the whole animal
    phases, heights = random.uniform(0, 2 * math.pi, _WAVES), random.normal(0, 0.016, (_WAVES, 2))

    def warp(points: Points) -> Points:
        within = (points - middle) / side
        moved: Points = within @ linear.T + np.sin(within @ waves.T + phases) @ heights
        return moved * side + middle

    return warp
