"""Inputs are cast where they enter a network of half precision, and gradients keep within its range."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.models.half_precision import HALF, GradientScale, cast_inputs


class Mixer(nn.Module):
    """Adds up all that it is given, and notes of which type it was."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: Tensor, step: Tensor, *, more: tuple[Tensor, ...], text: str) -> tuple[Tensor, list[object]]:
        return self.linear(x + sum(more)), [x.dtype, step.dtype, *(part.dtype for part in more), type(more), text]


@pytest.mark.parametrize("dtype", [*HALF, torch.float32])
def test_floating_inputs_are_cast_and_nothing_else(dtype: torch.dtype) -> None:
    network = Mixer().to(dtype)
    cast_inputs(network)
    given_type = torch.float32 if dtype in HALF else torch.float16
    x, step = torch.ones(2, 3, dtype=torch.float32), torch.tensor(3)
    answer, seen = network(x, step, more=(x.to(given_type), x), text="a")
    inside = dtype if dtype in HALF else torch.float32
    first = dtype if dtype in HALF else given_type
    assert seen == [inside, torch.int64, first, inside, tuple, "a"]
    assert answer.dtype == dtype


def test_a_copy_casts_to_its_own_weights() -> None:
    network = Mixer().half()
    cast_inputs(network)
    other = copy.deepcopy(network).bfloat16()
    x = torch.ones(2, 3)
    assert other(x, torch.tensor(3), more=(), text="")[0].dtype == torch.bfloat16


def chain(x: Tensor, scale: GradientScale, dtype: torch.dtype) -> Tensor:
    return scale.leave((scale.enter(x).to(dtype) * 0.5).tanh().float())


@pytest.mark.parametrize("factor", [1e-9, 1e-6, 1.0, 1e6])
def test_small_and_large_gradients_survive(factor: float) -> None:
    x = torch.linspace(-2, 2, 32, requires_grad=True)
    weights = factor * torch.linspace(1, 3, 32)
    (exact,) = torch.autograd.grad((chain(x, GradientScale(torch.float32), torch.float32) * weights).sum(), x)
    (found,) = torch.autograd.grad((chain(x, GradientScale(torch.float16), torch.float16) * weights).sum(), x)
    torch.testing.assert_close(found, exact, rtol=5e-3, atol=1e-3 * factor)
    plain = (x.half() * 0.5).tanh().float() * weights
    (lost,) = torch.autograd.grad(plain.sum(), x)
    survives = bool((lost - exact).abs().max() < 0.01 * factor)
    assert survives == (factor == 1.0), "without the scale the range of float16 suffices at 1 only"


@given(power=st.integers(-60, 60), inputs=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_a_gradient_through_nothing_is_unchanged(power: int, inputs: int) -> None:
    scale = GradientScale(torch.float16)
    parts = [torch.ones(4, requires_grad=True) for _ in range(inputs)]
    left = scale.leave(torch.stack([scale.enter(part) for part in parts]).sum(0))
    weights = torch.tensor([1.0, -3.0, 0.0, 0.7]) * 2.0**power
    for gradient in torch.autograd.grad((left * weights).sum(), parts):
        assert torch.equal(gradient, weights)


def test_a_gradient_of_zero_stays_zero() -> None:
    scale, x = GradientScale(torch.float16), torch.ones(3, requires_grad=True)
    (gradient,) = torch.autograd.grad((scale.leave(scale.enter(x)) * 0).sum(), x)
    assert torch.equal(gradient, torch.zeros(3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_types_are_left_alone(dtype: torch.dtype) -> None:
    x, scale = torch.ones(3), GradientScale(dtype)
    assert scale.enter(x) is x and scale.leave(x) is x
