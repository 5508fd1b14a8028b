"""Steps take turns, the fastest setting of a grid is chosen, and what is reported is of that setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks import compare as comparison
from benchmarks import timing
from benchmarks.compare import compare, make_batch
from benchmarks.peers import Batch, Peer, Setting
from benchmarks.run import merged
from benchmarks.timing import alternate, calls_of_a_turn, fastest, spread
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[2]


class Clock:
    """Time that passes by what a step costs."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def __call__(self) -> float:
        return self.now

    def step(self, name: str, seconds: Callable[[], float]) -> Callable[[], None]:
        def run() -> None:
            self.calls.append(name)
            self.now += seconds()

        return run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", found)
    return found


def test_steps_take_turns_and_the_first_round_is_not_counted(clock: Clock) -> None:
    costs = iter([9.0, 9.0, 1.0, 4.0, 4.0, 2.0, 6.0, 6.0])
    steps = {name: clock.step(name, lambda: next(costs)) for name in ("a", "b")}
    assert alternate(steps, 2, {"a": 1, "b": 2}) == {"a": [1.0, 2.0], "b": [4.0, 6.0]}
    assert clock.calls == ["a", "b", "a", "b", "b", "a", "b", "b"]


def test_the_fastest_has_the_smallest_median() -> None:
    assert fastest({"slow": [2.0, 2.0, 2.0], "fast": [1.0, 1.0, 9.0], "lucky": [0.1, 3.0, 3.0]}) == "fast"


def test_a_turn_is_filled() -> None:
    assert [calls_of_a_turn([seconds], 0.5, 16) for seconds in (0.1, 2.0, 0.001)] == [5, 1, 16]


def test_spread_is_of_all_rounds() -> None:
    assert spread([4.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 4.0}


@dataclass
class Fake:
    """A contender whose steps cost what its setting says."""

    train_step: Callable[[Batch], None]
    sample_step: Callable[[Batch], None]


# Seconds of a step. Plain attention is the fastest way to train and fused attention the fastest way to sample.
COSTS = {
    "channels-last, plain attention, heads of 32, fused AdamW": 2.0,
    "contiguous, plain attention, heads of 32, fused AdamW": 4.0,
    "channels-last, fused attention, heads of 32, fused AdamW": 8.0,
    "channels-last, plain attention, heads of 32": 2.0,
    "contiguous, plain attention, heads of 32": 3.0,
    "channels-last, fused attention, heads of 32": 0.5,
    "channels-last": 0.25,
    "channels-last, Muon with AdamW": 0.5,
}


@pytest.fixture
def found(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def make(peer: Peer, setting: Setting, precision: torch.dtype, params: Params) -> Fake:
        run = clock.step(str(setting), lambda: COSTS[str(setting)])
        return Fake(lambda batch: run(), lambda batch: run())

    def peer(*settings: Setting) -> Peer:
        return Peer(settings, lambda setting: nn.Identity(), lambda model, batch, setting: batch[0], ())

    monkeypatch.setattr(comparison, "make_contender", make)
    monkeypatch.setattr(comparison, "cost", lambda *_: {"parameters": 1, "multiply_adds_per_image": 2})
    params = Params.model_validate(read_yaml(ROOT / "params.yaml")["train_digit_ddpm"])
    peers = {
        "ours": peer(Setting("channels-last", optimizer="Muon with AdamW")),
        "unet2d": peer(
            Setting("contiguous", "plain", 32, "fused AdamW"),
            Setting("channels-last", "plain", 32, "fused AdamW"),
            Setting("channels-last", "fused", 32, "fused AdamW"),
        ),
    }
    return compare(peers, params, torch.bfloat16, make_batch(params, 4), rounds=3, grid_rounds=1)


def test_the_best_of_the_grid_is_reported_and_named(found: dict[str, Any]) -> None:
    theirs = found["comparison"]["networks"]["unet2d"]
    assert theirs["train"]["setting"] == "channels-last, plain attention, heads of 32, fused AdamW"
    assert theirs["train"]["images_per_s"] == {"median": 2.0, "low": 2.0, "high": 2.0}
    assert theirs["train"]["grid_images_per_s"] == {
        "contiguous, plain attention, heads of 32, fused AdamW": 1.0,
        "channels-last, plain attention, heads of 32, fused AdamW": 2.0,
        "channels-last, fused attention, heads of 32, fused AdamW": 0.5,
    }
    assert theirs["sample"]["setting"] == "channels-last, fused attention, heads of 32"
    assert found["train_images_per_s"] == {"ours": 8.0, "unet2d": 2.0}
    assert found["sample_images_per_s"] == {"ours": 16.0, "unet2d": 8.0}


def test_the_ratio_is_paired_and_the_terms_stand_beside_it(found: dict[str, Any]) -> None:
    content = found["comparison"]
    assert (content["images_per_step"], content["rounds"]) == (4, 3)
    for name, times in (("ours", 1.0), ("unet2d", 4.0)):
        network = content["networks"][name]
        assert network["train"]["precision"] == network["sample"]["precision"] == "bf16"
        assert network["train"]["ours_is_times"] == {"median": times, "low": times, "high": times}
        assert (network["parameters"], network["multiply_adds_per_image"]) == (1, 2)


def test_what_was_not_measured_is_kept() -> None:
    recorded = {"bf16": {"stage_seconds": {"a": 1}, "train_images_per_s": {"ours": 1}}, "cuda": {"x": 1}}
    measured = {"bf16": {"train_images_per_s": {"ours": 2}}, "float32": {"y": 1}}
    assert merged(recorded, measured) == {
        "bf16": {"stage_seconds": {"a": 1}, "train_images_per_s": {"ours": 2}},
        "cuda": {"x": 1},
        "float32": {"y": 1},
    }
