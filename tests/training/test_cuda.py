"""Every training on a CUDA device: captured or not, it repeats and resumes to the same bytes and never waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rediffuse.training import fit as fit_module
from rediffuse.training.fit import Trained
from rediffuse.training.run import TrainingRun
from tests.support.trainings import TRAININGS, KilledError, Run, train_tiny

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
DEVICES = ["cuda", "cuda_graphs"]
FIRST = 4  # steps in which buffers are made and tables are copied to the device


def weights(trained: list[Trained[Any]]) -> list[torch.Tensor]:
    return [weight.detach().cpu() for one in trained for weight in one.network.parameters()]


def are_equal(one: list[Trained[Any]], other: list[Trained[Any]]) -> bool:
    pairs = zip(weights(one), weights(other), strict=True)
    return [each.losses for each in one] == [each.losses for each in other] and all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", TRAININGS)
def test_captured_steps_are_the_eager_ones(name: str, tmp_path: Path) -> None:
    eager, captured = (train_tiny(name, Run(device), tmp_path / device) for device in DEVICES)
    for one, other in zip(eager, captured, strict=True):
        assert other.losses == pytest.approx(one.losses, rel=0.02)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", TRAININGS)
def test_two_runs_give_the_same_bytes(name: str, device: str, tmp_path: Path) -> None:
    one, other = (train_tiny(name, Run(device), tmp_path / folder) for folder in ("one", "other"))
    assert are_equal(one, other)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", TRAININGS)
def test_killed_and_resumed_it_gives_the_same_bytes(name: str, device: str, tmp_path: Path) -> None:
    whole = train_tiny(name, Run(device), tmp_path / "whole")
    with pytest.raises(KilledError):
        train_tiny(name, Run(device, stop=10), tmp_path / "killed")
    again = train_tiny(name, Run(device), tmp_path / "killed")
    assert are_equal(again[-1:], whole[-1:])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", TRAININGS)
def test_no_step_waits_for_the_device(name: str, device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = fit_module.follow_pace

    def followed(*arguments: Any) -> Iterator[Any]:
        for step in follow(*arguments):
            torch.cuda.set_sync_debug_mode("error" if step.index >= FIRST else "default")
            yield step
        torch.cuda.set_sync_debug_mode("default")

    def reading(method: Any) -> Any:
        def allowed(run: TrainingRun) -> Any:
            mode = torch.cuda.get_sync_debug_mode()
            torch.cuda.set_sync_debug_mode("default")
            found = method(run)
            torch.cuda.set_sync_debug_mode(mode)
            return found

        return allowed

    monkeypatch.setattr(fit_module, "follow_pace", followed)
    for method in ("_read_losses", "_save"):
        monkeypatch.setattr(TrainingRun, method, reading(getattr(TrainingRun, method)))
    try:
        train_tiny(name, Run(device), tmp_path)
    finally:
        torch.cuda.set_sync_debug_mode("default")
