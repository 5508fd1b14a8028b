"""The entry of every training: it resumes to the same bytes, its curve is there while it runs, it shares batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
import torch
from accelerate import Accelerator
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.pipeline.errors import InputError
from rediffuse.training.curves import LossCurve, write_curve
from rediffuse.training.fit import Trained, fit, own_share, require_one_process, save_trained
from rediffuse.training.resume import Checkpoint
from rediffuse.training.run import Plan, TrainingRun
from rediffuse.training.shared_params import Pace

CURVE = "plots/metrics/loss.tsv"
STEPS = 8


class KilledError(Exception):
    """What a kill looks like from within."""


class Kept(NamedTuple):
    """What ends up where, for a comparison by bytes."""

    weights: list[list[float]]
    losses: list[float]
    extra: dict[str, Any]


def make_plan(folder: Path, *, keep_last: bool = False) -> Plan:
    return Plan("test", Pace(STEPS, warmup=2), 3, folder / "live", Checkpoint(folder / "state"), 2, keep_last)


def small_net() -> nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Linear(4, 2)


def train_small(
    accelerator: Accelerator,
    plan: Plan,
    stop: int | None = None,  # a kill comes before the batch of this step
    seen: list[int] | None = None,  # takes the steps whose batches are made
    weights: list[Tensor] | None = None,  # takes the weights after each step
) -> Trained[nn.Linear]:
    """Fit a linear layer."""

    def batch_at(step: int) -> Tensor:
        if step == stop:
            raise KilledError
        if seen is not None:
            seen.append(step)
        return torch.randn(6, 4, generator=torch.Generator().manual_seed(step))

    def after_step(step: int, run: TrainingRun) -> None:
        run.extra = {"sum": run.extra.get("sum", 0) + step}
        if weights is not None:
            weights.append(net.weight.detach().clone())

    net = small_net()
    return fit(
        accelerator,
        net,
        [torch.optim.AdamW(net.parameters(), lr=0.1)],
        batch_at,
        lambda model, batch: (model(batch) - batch[:, :2]).square().mean(),
        plan,
        ema_decay=0.9,
        after_step=after_step,
    )


def kept(trained: Trained[nn.Linear]) -> Kept:
    return Kept([p.flatten().tolist() for p in trained.network.parameters()], trained.losses, trained.extra)


@pytest.mark.parametrize("stop", range(STEPS))
def test_a_killed_fit_resumes_from_its_checkpoint_to_the_same_bytes(
    stop: int, accelerator: Accelerator, tmp_path: Path
) -> None:
    whole = train_small(accelerator, make_plan(tmp_path / "whole"))
    with pytest.raises(KilledError):
        train_small(accelerator, make_plan(tmp_path / "killed"), stop)
    seen: list[int] = []
    again = train_small(accelerator, make_plan(tmp_path / "killed"), seen=seen)
    assert seen == list(range(stop // 2 * 2, STEPS))
    assert kept(again) == kept(whole) and again.extra == {"sum": STEPS * (STEPS + 1) // 2}
    curves = [(tmp_path / name / "live" / CURVE).read_bytes() for name in ("whole", "killed")]
    assert curves[0] == curves[1]


def test_the_weights_are_averaged_with_a_decay_that_rises(accelerator: Accelerator, tmp_path: Path) -> None:
    weights: list[Tensor] = []
    trained = train_small(accelerator, make_plan(tmp_path), weights=weights)
    average = torch.zeros(2, 4)
    for step, weight in enumerate(weights):
        decay = min(0.9, 1 - (1 + step) ** -0.75)
        average = decay * average + (1 - decay) * weight
    assert len(weights) == STEPS
    torch.testing.assert_close(trained.network.weight.detach(), average)
    assert not torch.allclose(average, weights[-1], atol=1e-3)


def test_the_last_step_has_a_checkpoint_where_it_is_kept(accelerator: Accelerator, tmp_path: Path) -> None:
    first = train_small(accelerator, make_plan(tmp_path, keep_last=True))
    seen: list[int] = []
    again = train_small(accelerator, make_plan(tmp_path, keep_last=True), seen=seen)
    assert seen == [] and kept(again) == kept(first)
    plan = make_plan(tmp_path / "other")
    train_small(accelerator, plan)
    assert plan.checkpoint is not None
    state = plan.checkpoint.load()
    assert state is not None and len(state["losses"]) == 6


def test_the_curve_is_there_while_the_training_runs(accelerator: Accelerator, tmp_path: Path) -> None:
    whole = train_small(accelerator, make_plan(tmp_path / "whole"))
    rows = ["step\tloss"]
    rows += [f"{end}\t{sum(part) / len(part)}" for end, part in windows(whole.losses, 3)]
    assert (tmp_path / "whole/live" / CURVE).read_text().splitlines() == rows
    with pytest.raises(KilledError):
        train_small(accelerator, make_plan(tmp_path / "killed"), stop=7)
    assert (tmp_path / "killed/live" / CURVE).read_text().splitlines() == rows[:3]


def windows(losses: list[float], every: int) -> Iterator[tuple[int, list[float]]]:
    for start in range(0, len(losses), every):
        part = losses[start : start + every]
        yield start + len(part), part


@pytest.mark.parametrize("done", [0, 2, 3, 7])
def test_a_resumed_curve_has_the_bytes_of_a_whole_one(done: int, tmp_path: Path) -> None:
    losses = [1 / (step + 3) for step in range(7)]
    write_curve(tmp_path / "whole", losses, 3)
    curve = LossCurve(tmp_path / "resumed", 3)
    for loss in losses[:5]:  # what a killed run left there
        curve.add(loss)
    curve = LossCurve(tmp_path / "resumed", 3, losses[:done])
    for loss in losses[done:]:
        curve.add(loss)
    curve.end()
    files = [
        sorted(path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*") if path.is_file())
        for name in ("whole", "resumed")
    ]
    assert files[0] == files[1] == [Path("metrics.json"), Path(CURVE)]
    assert all(
        (tmp_path / "whole" / file).read_bytes() == (tmp_path / "resumed" / file).read_bytes() for file in files[0]
    )


def test_model_and_curves_are_written_and_the_rest_is_removed(
    accelerator: Accelerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = make_plan(Path(".rediffuse/curves/train_x"))
    trained = train_small(accelerator, plan)
    assert plan.checkpoint is not None and plan.checkpoint.path.exists() and not Path("plots").exists()
    save_trained(accelerator, "train_x", "models/x", lambda folder: (folder / "weights").write_text("w"), trained)
    assert Path("models/x/weights").read_text() == "w"
    write_curve(Path("wanted"), trained.losses, 3)
    assert (Path("plots/train_x") / CURVE).read_bytes() == (Path("wanted") / CURVE).read_bytes()
    assert not plan.checkpoint.path.exists() and not plan.live.exists()


class Pair(NamedTuple):
    """A batch of two parts."""

    numbers: Tensor
    texts: list[str]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5))
def test_shares_are_disjoint_of_one_size_and_hold_the_whole_batch(count: int, rows: int) -> None:
    size = count * rows
    batch = Pair(torch.arange(size), [str(row) for row in range(size)])
    shares = [own_share(batch, index, count) for index in range(count)]
    assert all(isinstance(share, Pair) and len(share.numbers) == len(share.texts) == rows for share in shares)
    assert all([str(number) for number in share.numbers.tolist()] == share.texts for share in shares)
    assert sorted(text for share in shares for text in share.texts) == sorted(batch.texts)
    plain = own_share((batch.numbers, batch.texts), 0, count)
    assert type(plain) is tuple and torch.equal(plain[0], shares[0].numbers)


def test_one_process_gets_the_batch_itself() -> None:
    batch = object()
    assert own_share(batch, 0, 1) is batch


def test_several_processes_are_refused_where_one_is_needed() -> None:
    def processes(count: int) -> Accelerator:
        return cast(Accelerator, SimpleNamespace(num_processes=count))

    require_one_process(processes(1), "it says so")
    with pytest.raises(InputError, match=r"^found 3 processes, allowed 1, since it says so; start it without"):
        require_one_process(processes(3), "it says so")
