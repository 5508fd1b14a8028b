"""Muon: torch's own, of matrices and kernels, alone or stacked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.training import muon as muon_module
from rediffuse.training import optimizers
from rediffuse.training.muon import MatrixMuon, orthogonalized, orthogonalized_stack
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.shared_params import OptimizerSection

LAYOUTS = [torch.contiguous_format, torch.channels_last]
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def gradients(shape: tuple[int, ...], steps: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=random) for _ in range(steps)]


@pytest.mark.parametrize("shape", [(6, 10), (10, 6), (8, 8)])
def test_muon_of_a_matrix_is_torchs_own(shape: tuple[int, int]) -> None:
    start = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    optimizers = [kind([w], lr=0.02, weight_decay=0.1) for kind, w in ((MatrixMuon, ours), (torch.optim.Muon, theirs))]
    for gradient in gradients(shape, 4):
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        assert torch.equal(ours, theirs)
    assert ours.grad is None
    assert not torch.allclose(ours, start)


@pytest.mark.parametrize("of_gradient", LAYOUTS)
@pytest.mark.parametrize("of_weight", LAYOUTS)
@pytest.mark.parametrize("size", [1, 3])
def test_muon_of_a_kernel_is_torchs_own_of_its_matrix(
    size: int, of_weight: torch.memory_format, of_gradient: torch.memory_format
) -> None:
    shape = (6, 4, size, size)
    start = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    weight = nn.Parameter(start.to(memory_format=of_weight, copy=True))

    def matrix(x: Tensor) -> Tensor:  # columns in the order of the weight's memory, as rounding depends on it
        return (x.permute(0, 2, 3, 1) if of_weight == torch.channels_last else x).flatten(1).clone()

    reference = nn.Parameter(matrix(start))
    ours = MatrixMuon([weight], lr=0.02, weight_decay=0.1)
    theirs = torch.optim.Muon([reference], lr=0.02, weight_decay=0.1)
    for gradient in gradients(shape, 3):
        weight.grad = gradient.to(memory_format=of_gradient, copy=True)
        reference.grad = matrix(gradient)
        ours.step()
        theirs.step()
        torch.testing.assert_close(matrix(weight.detach()), reference.detach(), rtol=1e-6, atol=1e-7)


def test_the_matrix_of_a_kernel_depends_little_on_its_layout() -> None:
    """Muon's product is the same in any order of the columns, up to bfloat16's rounding."""
    start = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    weights = [nn.Parameter(start.to(memory_format=layout, copy=True)) for layout in LAYOUTS]
    for weight in weights:
        weight.grad = torch.empty_like(weight).copy_(gradients((6, 4, 3, 3), 1)[0])
        MatrixMuon([weight], lr=1.0, weight_decay=0.0).step()
    torch.testing.assert_close(weights[0], weights[1], rtol=0.05, atol=0.02)


@pytest.mark.parametrize("shape", [(24, 40), (40, 24)])
def test_muon_in_float32_is_torchs_up_to_its_rounding(shape: tuple[int, int]) -> None:
    start = torch.zeros(shape)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    ours.grad, theirs.grad = gradients(shape, 1)[0].clone(), gradients(shape, 1)[0].clone()
    MatrixMuon([ours], dtype=torch.float32, lr=1.0, weight_decay=0.0).step()
    torch.optim.Muon([theirs], lr=1.0, weight_decay=0.0).step()
    assert not torch.equal(ours, theirs)
    torch.testing.assert_close(ours, theirs, rtol=0.05, atol=0.02)


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 2**31))
def test_orthogonalized_follows_the_polynomial_on_the_singular_values(
    rows: int, columns: int, scale: float, seed: int
) -> None:
    matrix = scale * torch.randn(rows, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    a, b, c = COEFFICIENTS
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = values / matrix.norm()
    for _ in range(5):
        values = a * values + b * values**3 + c * values**5
    expected = left @ values.diag() @ right
    torch.testing.assert_close(orthogonalized(matrix, COEFFICIENTS, 5, 1e-7), expected, rtol=1e-9, atol=1e-9)


SHAPES = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 3]), st.sampled_from([1, 3])),
)


@settings(deadline=None, max_examples=40)
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=3),
    copies=st.integers(1, 3),
    layout=st.sampled_from(LAYOUTS),
    rate_is_tensor=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_a_step_of_all_weights_is_a_step_of_each(
    shapes: list[tuple[int, ...]], copies: int, layout: torch.memory_format, rate_is_tensor: bool, seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)

    def weight(shape: tuple[int, ...]) -> nn.Parameter:
        value = torch.randn(shape, generator=random)
        return nn.Parameter(value.to(memory_format=layout) if len(shape) == 4 else value)

    alone = [weight(shape) for shape in shapes * copies]
    stacked = copy.deepcopy(alone)
    rate = torch.tensor(0.02) if rate_is_tensor else 0.02
    options = {"dtype": torch.float32, "weight_decay": 0.1, "lr": 0.02}
    together, one_each = MatrixMuon(stacked, **options), [MatrixMuon([weight], **options) for weight in alone]
    together.param_groups[0]["lr"] = rate
    for _ in range(3):
        for place, (one, other) in enumerate(zip(alone, stacked, strict=True)):
            gradient = torch.randn(one.shape, generator=random) + 0.1
            one.grad, other.grad = (None, None) if place == 1 else (gradient.clone(), gradient.clone())
        for optimizer in (together, *one_each):
            optimizer.step()
            optimizer.zero_grad()
    for one, other in zip(alone, stacked, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=2e-5)
    states = together.state_dict()["state"]
    for place, optimizer in enumerate(one_each):
        torch.testing.assert_close([states.get(place)], [optimizer.state_dict()["state"].get(0)], rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 4), st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**31))
def test_a_stack_is_orthogonalized_matrix_by_matrix(count: int, rows: int, columns: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    scales = 10.0 ** torch.arange(count)[:, None, None]
    stack = scales * torch.randn(count, rows, columns, dtype=torch.float64, generator=random)
    expected = torch.stack([orthogonalized(matrix, COEFFICIENTS, 5, 1e-7) for matrix in stack])
    torch.testing.assert_close(orthogonalized_stack(stack, COEFFICIENTS, 5, 1e-7), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_muon_computes_in_what_the_hardware_multiplies_fast(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizers, "fast_dtype", lambda device: dtype)
    section = OptimizerSection(
        hidden_layers="muon", muon_learning_rate=0.02, learning_rate=1e-3, betas=(0.9, 0.99), weight_decay=0.1
    )
    layers = [nn.Linear(*sizes) for sizes in ((4, 8), (8, 8), (8, 8), (8, 2))]
    muon = make_optimizers(nn.Sequential(*layers), section, ())[1]
    seen: dict[str, list[torch.dtype]] = {"orthogonalized": [], "orthogonalized_stack": []}

    def noted(name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def call(matrix: Tensor, *rest: Any) -> Tensor:
            seen[name].append(matrix.dtype)
            return function(matrix, *rest)

        return call

    for name in seen:
        monkeypatch.setattr(muon_module, name, noted(name, getattr(muon_module, name)))
    assert isinstance(muon, MatrixMuon)
    for weight in muon.weights:
        weight.grad = torch.ones_like(weight)
    muon.step()
    assert seen == {"orthogonalized": [dtype] * 2, "orthogonalized_stack": [dtype]}
