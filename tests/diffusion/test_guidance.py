"""Guidance: both ends exactly, linear between and beyond, conditional outside its interval."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rediffuse.diffusion.guidance import guide, guided

WEIGHT = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
X_T = torch.randn(3, 6, generator=torch.Generator().manual_seed(1))
CONDITION = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
NULL = torch.full_like(CONDITION, 0.3)


def model(x_t: Tensor, timesteps: Tensor, condition: Tensor) -> Tensor:
    return torch.sin(x_t + condition @ WEIGHT) * timesteps[:, None]


def at(t: int) -> Tensor:
    return torch.full((3,), t)


@given(st.floats(-5, 20), st.floats(-10, 10), st.floats(-10, 10))
def test_guidance_extrapolates_from_the_unconditional_output(scale: float, u: float, c: float) -> None:
    found = guide(torch.tensor([u], dtype=torch.float64), torch.tensor([c], dtype=torch.float64), scale)
    assert float(found) == pytest.approx((1 - scale) * u + scale * c, abs=1e-9)


@pytest.mark.parametrize("t", [0, 3, 99])
def test_scale_1_is_conditional_and_0_unconditional(t: int) -> None:
    assert torch.equal(guided(model, CONDITION, NULL, 1.0)(X_T, t), model(X_T, at(t), CONDITION))
    assert torch.equal(guided(model, CONDITION, NULL, 0.0)(X_T, t), model(X_T, at(t), NULL))


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 20))
def test_linear_in_the_scale(scale: float) -> None:
    conditional, unconditional = model(X_T, at(5), CONDITION).double(), model(X_T, at(5), NULL).double()
    found = guided(model, CONDITION, NULL, scale)(X_T, 5)
    expected = unconditional + scale * (conditional - unconditional)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-4)


def test_report_b_convention() -> None:
    """(1 + w) c − w u is guidance_scale 1 + w."""
    w = 2.0
    expected = (1 + w) * model(X_T, at(5), CONDITION) - w * model(X_T, at(5), NULL)
    torch.testing.assert_close(guided(model, CONDITION, NULL, 1 + w)(X_T, 5), expected, rtol=1e-5, atol=1e-5)


def test_outside_the_interval_the_conditional_model_answers() -> None:
    denoise = guided(model, CONDITION, NULL, 4.0, interval=(0.2, 0.6), num_train_timesteps=101)
    everywhere = guided(model, CONDITION, NULL, 4.0, num_train_timesteps=101)
    for t in (0, 19, 61, 100):
        assert torch.equal(denoise(X_T, t), model(X_T, at(t), CONDITION))
    for t in (20, 40, 60):
        assert torch.equal(denoise(X_T, t), everywhere(X_T, t))
        assert not torch.allclose(denoise(X_T, t), model(X_T, at(t), CONDITION))


def test_passes_are_spared_where_one_serves() -> None:
    sizes: list[int] = []

    def counting(x_t: Tensor, timesteps: Tensor, condition: Tensor) -> Tensor:
        sizes.append(len(x_t))
        assert len(timesteps) == len(condition) == len(x_t)
        return model(x_t, timesteps, condition)

    for scale in (0.0, 1.0, 3.0):
        guided(counting, CONDITION, NULL, scale)(X_T, 5)
    assert sizes == [3, 3, 6]


def test_rows_keep_their_own_condition() -> None:
    whole = guided(model, CONDITION, NULL, 3.0)(X_T, 5)
    for i in range(3):
        row = slice(i, i + 1)
        torch.testing.assert_close(guided(model, CONDITION[row], NULL[row], 3.0)(X_T[row], 5), whole[row])
