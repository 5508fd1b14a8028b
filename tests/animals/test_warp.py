"""A warp changes proportions a little, whatever the size of the animal, and folds nothing over."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rediffuse.animals.warp import draw_warp

SEED = st.integers(0, 10**6)
GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21)), axis=-1)  # [21, 21, 2]
LOW, HIGH = np.array([-1.0, -1.0]), np.array([1.0, 1.0])


@given(seed=SEED, scale=st.floats(0.1, 50), x=st.floats(-9, 9), y=st.floats(-9, 9))
def test_size_and_place_do_not_matter(seed: int, scale: float, x: float, y: float) -> None:
    at = np.array([x, y])
    small = draw_warp(np.random.default_rng(seed), LOW, HIGH)(GRID)
    large = draw_warp(np.random.default_rng(seed), LOW * scale + at, HIGH * scale + at)(GRID * scale + at)
    np.testing.assert_allclose(large, small * scale + at, atol=1e-9 * scale + 1e-9)


def areas(points: np.ndarray) -> np.ndarray:
    """Of the cells of a grid, with their sign."""
    across, down = points[:-1, 1:] - points[:-1, :-1], points[1:, :-1] - points[:-1, :-1]
    return across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]


def test_proportions_change_and_nothing_is_folded() -> None:
    ratios, folded = [], 0
    for seed in range(300):
        warped = draw_warp(np.random.default_rng(seed), LOW, HIGH)(GRID)
        assert 0.005 < np.abs(warped - GRID).max() < 1.2
        ratios.append(np.ptp(warped[..., 0]) / np.ptp(warped[..., 1]))
        folded += int((areas(warped) <= 0).any())
    assert folded <= 1
    assert np.quantile(ratios, 0.1) < 0.9 and np.quantile(ratios, 0.9) > 1.1
