"""Paths between noises: their ends, their norms, and where they coincide."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.diffusion.interpolation import PATHS, corrected_lerp, lerp, slerp

ALPHAS = st.floats(0, 1)
SEEDS = st.integers(0, 10_000)


def pair(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    shape = (3, 2, 4, 4)
    return (
        torch.randn(shape, generator=random, dtype=torch.float64),
        torch.randn(shape, generator=random, dtype=torch.float64),
    )


def norm(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).norm(dim=1)


def of_norm(x: torch.Tensor, value: float) -> torch.Tensor:
    return x * (value / norm(x))[:, None, None, None]


@settings(deadline=None, max_examples=50)
@given(SEEDS, ALPHAS, st.floats(0.1, 100))
def test_slerp_keeps_the_norm(seed: int, alpha: float, radius: float) -> None:
    start, end = (of_norm(x, radius) for x in pair(seed))
    assert norm(slerp(start, end, alpha)).tolist() == pytest.approx([radius] * 3, rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(SEEDS, ALPHAS)
def test_slerp_turns_evenly(seed: int, alpha: float) -> None:
    start, end = (of_norm(x, 1.0) for x in pair(seed))
    path = slerp(start, end, alpha)
    whole = torch.arccos((start * end).flatten(1).sum(1))
    # Chords, not arccos: near 0 the cosine of an angle keeps half of the digits only.
    part = 2 * torch.arcsin((path - start).flatten(1).norm(dim=1) / 2)
    torch.testing.assert_close(part, alpha * whole, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", PATHS)
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_the_ends_are_the_noises(name: str, seed: int) -> None:
    start, end = pair(seed)
    torch.testing.assert_close(PATHS[name](start, end, 0.0), start)
    torch.testing.assert_close(PATHS[name](start, end, 1.0), end)


@settings(deadline=None, max_examples=30)
@given(SEEDS, ALPHAS, st.floats(0, 1e-9))
def test_slerp_of_parallel_noises_is_lerp(seed: int, alpha: float, aside: float) -> None:
    start, other = pair(seed)
    end = start + aside * other
    found = slerp(start, end, alpha)
    assert found.isfinite().all()
    torch.testing.assert_close(found, lerp(start, end, alpha))


def test_slerp_is_smooth_where_it_becomes_lerp() -> None:
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    for angle in (0.99e-4, 1.01e-4):
        end = torch.tensor([[math.cos(angle), math.sin(angle)]], dtype=torch.float64)
        expected = torch.tensor([[math.cos(0.3 * angle), math.sin(0.3 * angle)]], dtype=torch.float64)
        torch.testing.assert_close(slerp(start, end, 0.3), expected, rtol=0, atol=1e-8)


def test_orthogonal_noises() -> None:
    start, end = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    half = math.sqrt(0.5)
    assert norm(lerp(start, end, 0.5)).item() == pytest.approx(half)
    for path in (slerp, corrected_lerp):
        torch.testing.assert_close(path(start, end, 0.5), torch.tensor([[half, half, 0.0]]))


@settings(deadline=None, max_examples=50)
@given(SEEDS, ALPHAS, st.floats(0.1, 10))
def test_corrected_lerp_has_the_norm_between_its_ends(seed: int, alpha: float, factor: float) -> None:
    start, end = pair(seed)
    end = factor * end
    expected = (1 - alpha) * norm(start) + alpha * norm(end)
    path = corrected_lerp(start, end, alpha)
    torch.testing.assert_close(norm(path), expected)
    straight = lerp(start, end, alpha)
    cosine = (path * straight).flatten(1).sum(1) / norm(path) / norm(straight)
    torch.testing.assert_close(cosine, torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("name", PATHS)
def test_each_image_has_its_own_path_and_dtype_is_kept(name: str) -> None:
    start, end = (x.float() for x in pair(0))
    whole = PATHS[name](start, end, 0.3)
    assert whole.dtype == torch.float32 and whole.shape == start.shape
    for i in range(3):
        torch.testing.assert_close(PATHS[name](start[i : i + 1], end[i : i + 1], 0.3), whole[i : i + 1])
