"""The training loop: its rates, its batches, its optimizers, and going on where it was."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator

import pytest
import torch
from accelerate import Accelerator
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.training.loop import Step, Update, batch_indices, follow_pace, warm_cosine
from rediffuse.training.muon import MatrixMuon
from rediffuse.training.optimizers import is_input_or_output_layer, make_optimizers
from rediffuse.training.shared_params import OptimizerSection, Pace

SECTION = OptimizerSection(
    hidden_layers="muon", muon_learning_rate=0.02, learning_rate=1e-3, betas=(0.9, 0.99), weight_decay=0.1
)
EDGES = ("0.", "4.")  # first and last layer of ``small_net``


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


def trained(
    accelerator: Accelerator,
    net: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    loss_at: Callable[[nn.Module, int], Tensor],
    pace: Pace,
    done: int = 0,
) -> Iterator[Step]:
    update = Update(accelerator, net, optimizers, pace.max_grad_norm)
    return follow_pace(optimizers, lambda index: update(lambda: loss_at(net, index)), pace, done)


def test_a_run_taken_up_again_is_the_run(accelerator: Accelerator) -> None:
    def run(net: nn.Module, optimizers: list, done: int, until: int) -> list[float]:
        steps = trained(accelerator, net, optimizers, loss_at, Pace(8, warmup=2), done)
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
    steps = trained(accelerator, net, [optimizer], lambda model, step: 1e6 * model.weight.sum(), Pace(10, warmup=2))
    before = start
    for step in steps:
        rate = 0.5 * warm_cosine(step.index - 1, 10, 2)
        moved = float((net.weight.detach() - before).norm())
        assert moved == pytest.approx(rate, rel=1e-3)  # the clipped gradient has norm 1
        before = net.weight.detach().clone()
    assert step.index == 10
