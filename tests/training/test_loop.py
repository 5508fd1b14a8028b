"""The training loop: its rates, its batches, its optimizers, and going on where it was."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.training import optimizers as under_test
from rediffuse.training.loop import batch_indices, train, warm_cosine
from rediffuse.training.optimizers import MatrixMuon, is_input_or_output_layer, make_optimizers, orthogonalized
from rediffuse.training.shared_params import OptimizerSection, Pace

SECTION = OptimizerSection(
    hidden_layers="muon", muon_learning_rate=0.02, learning_rate=1e-3, betas=(0.9, 0.99), weight_decay=0.1
)
EDGES = ("0.", "4.")  # first and last layer of ``small_net``
LAYOUTS = [torch.contiguous_format, torch.channels_last]


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 3000), st.floats(0, 0.9))
def test_warm_cosine(steps: int, share: float) -> None:
    warmup = int(share * steps)
    rates = [warm_cosine(index, steps, warmup) for index in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[:warmup] == pytest.approx([(index + 1) / warmup for index in range(warmup)])
    assert rates[warmup] == 1
    assert all(a > b for a, b in zip(rates[warmup:-1], rates[warmup + 1 :], strict=True))
    assert rates[-1] <= (math.pi / (2 * (steps - warmup))) ** 2 + 1e-12  # nearly zero at the end of a long run


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 100))
def test_every_row_once_in_each_pass(batch_size: int, count: int, seed: int) -> None:
    needed = math.ceil(3 * count / batch_size)
    batches = [batch_indices(index, batch_size, count, seed) for index in range(needed)]
    assert all(len(batch) == batch_size for batch in batches)
    rows = torch.cat(batches)
    passes = [rows[start : start + count] for start in range(0, 3 * count, count)]
    assert all(sorted(one.tolist()) == list(range(count)) for one in passes)
    if count > 20:
        assert not torch.equal(passes[0], passes[1])
    for index in reversed(range(needed)):  # another order, and what was returned spoiled
        again = batch_indices(index, batch_size, count, seed)
        assert torch.equal(again, batches[index])
        again.fill_(-1)


def test_another_seed_is_another_order() -> None:
    assert not torch.equal(batch_indices(0, 50, 100, 0), batch_indices(0, 50, 100, 1))


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
    a, b, c = 3.4445, -4.7750, 2.0315
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = values / matrix.norm()
    for _ in range(5):
        values = a * values + b * values**3 + c * values**5
    expected = left @ values.diag() @ right
    torch.testing.assert_close(orthogonalized(matrix, (a, b, c), 5, 1e-7), expected, rtol=1e-9, atol=1e-9)


def small_net() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.SiLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(32, 2))


def test_optimizers_share_all_parameters_between_them() -> None:
    net = small_net()
    adamw, muon = make_optimizers(net, SECTION, EDGES)
    assert isinstance(muon, MatrixMuon) and [id(w) for w in muon.weights] == [id(net[2].weight)]
    inside = {id(p) for group in adamw.param_groups for p in group["params"]}
    assert inside == {id(p) for p in net.parameters()} - {id(net[2].weight)}
    alone = make_optimizers(net, SECTION.model_copy(update={"hidden_layers": "adamw"}), ())
    assert len(alone) == 1 and sum(len(group["params"]) for group in alone[0].param_groups) == 6


def test_a_layer_is_known_by_a_part_of_its_name() -> None:
    assert is_input_or_output_layer("down.conv_in.weight", ("conv_out", "conv_in"))
    assert not is_input_or_output_layer("down.conv.weight", ("conv_out", "conv_in"))


def loss_at(model: nn.Module, step: int) -> Tensor:
    random = torch.Generator().manual_seed(step)
    x = torch.randn(5, 3, 6, 6, generator=random)
    return (model(x) - x.flatten(1)[:, :2]).square().mean()


def test_a_run_taken_up_again_is_the_run(accelerator: Accelerator) -> None:
    def run(net: nn.Module, optimizers: list, done: int, until: int) -> list[float]:
        steps = train(accelerator, net, optimizers, loss_at, Pace(8, warmup=2), done)
        return [float(next(steps).loss) for _ in range(until - done)]

    whole = small_net()
    losses = run(whole, make_optimizers(whole, SECTION, EDGES), 0, 8)
    first = small_net()
    optimizers = make_optimizers(first, SECTION, EDGES)
    begun = run(first, optimizers, 0, 3)
    saved = copy.deepcopy([first.state_dict(), *(optimizer.state_dict() for optimizer in optimizers)])
    second = small_net()
    fresh = make_optimizers(second, SECTION, EDGES)
    for thing, state in zip([second, *fresh], saved, strict=True):
        thing.load_state_dict(state)
    assert begun + run(second, fresh, 3, 8) == losses
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), second.parameters(), strict=True))
    assert not torch.equal(whole[2].weight, small_net()[2].weight)


def test_gradients_are_clipped_and_rates_follow_the_cosine(accelerator: Accelerator) -> None:
    net = nn.Linear(2, 1, bias=False)
    start = net.weight.detach().clone()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    steps = train(accelerator, net, [optimizer], lambda model, step: 1e6 * model.weight.sum(), Pace(10, warmup=2))
    before = start
    for step in steps:
        rate = 0.5 * warm_cosine(step.index - 1, 10, 2)
        moved = float((net.weight.detach() - before).norm())
        assert moved == pytest.approx(rate, rel=1e-3)  # the clipped gradient has norm 1
        before = net.weight.detach().clone()
    assert step.index == 10


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_muon_computes_in_what_the_hardware_multiplies_fast(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "fast_dtype", lambda device: dtype)
    muon = make_optimizers(small_net(), SECTION, ())[1]
    seen: list[torch.dtype] = []

    def noted(matrix: Tensor, *rest: Any) -> Tensor:
        seen.append(matrix.dtype)
        return orthogonalized(matrix, *rest)

    monkeypatch.setattr(under_test, "orthogonalized", noted)
    assert isinstance(muon, MatrixMuon)
    for weight in muon.weights:
        weight.grad = torch.ones_like(weight)
    muon.step()
    assert seen == [dtype] * 3
