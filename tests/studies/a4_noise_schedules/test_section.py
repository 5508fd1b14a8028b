"""What the page says of noise schedules follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import read_metrics
from rediffuse.studies.a4_noise_schedules import section as noise_schedules
from rediffuse.studies.a4_noise_schedules.metrics import Metrics
from tests.support.runs.files import changed
from tests.support.runs.schedules import schedules_metrics, told, write_schedules


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    write_schedules(root, changed(schedules_metrics(), changes), plots=False)
    return [found.lead for found in noise_schedules.findings(read_metrics(Metrics, root))]


def moved(value: float, half: float = 0.01) -> dict[str, float]:
    return told(value, half)


FINE = ": the report’s claim that it favours fine detail "
SMOOTH = ": the report’s claim that it gives smooth gradients, with less fine detail "
SAME = "From the same noise level, "
NONE = "Swapped naively, no schedule is distinguishable from the default in recognised things"
SQUARE, DECAY = "start/inverse_square/beyond", "start/log_decay/beyond"
NAIVE = "difference/thing_accuracy"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"{SAME}inverse-square gives more fine detail than the default{FINE}holds"),
        ({SQUARE: moved(-1)}, f"{SAME}inverse-square gives less fine detail than the default{FINE}is refuted"),
        (
            {SQUARE: moved(0.1, 0.2)},
            f"{SAME}the fine detail of inverse-square is not distinguishable from the default’s{FINE}is not confirmed",
        ),
        # The start alone decides nothing.
        (
            {SQUARE: moved(-0.12), "difference/high_frequency/inverse_square/matched": moved(0.23)},
            f"{SAME}inverse-square gives less fine detail than the default{FINE}is refuted",
        ),
        ({}, f"{SAME}log-decay gives less fine detail than the default{SMOOTH}holds"),
        ({DECAY: moved(1)}, f"{SAME}log-decay gives more fine detail than the default{SMOOTH}is refuted"),
        (
            {DECAY: moved(-0.1, 0.2)},
            f"{SAME}the fine detail of log-decay is not distinguishable from the default’s{SMOOTH}is not confirmed",
        ),
        (
            {},
            "Swapped naively, the judge recognises fewer with log-decay and more with inverse-square than with the "
            "default",
        ),
        ({f"{NAIVE}/log_decay/naive": moved(0.0), f"{NAIVE}/inverse_square/naive": moved(0.0)}, NONE),
        (
            {f"{NAIVE}/inverse_square/naive": moved(-0.2)},
            "Swapped naively, the judge recognises fewer with inverse-square and log-decay than with the default",
        ),
        ({}, "The inverse-square schedule leaves the most signal at its end"),
        ({"terminal_alphas_cumprod/default": 0.2}, "The default schedule leaves the most signal at its end"),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


@pytest.mark.parametrize(("left", "told"), [(0.0007, True), (0.0047, False)])
def test_levels_that_were_never_trained_are_told(left: float, told: bool, tmp_path: Path) -> None:
    metrics = schedules_metrics()
    metrics["terminal_alphas_cumprod"]["log_decay"] = left
    write_schedules(tmp_path, metrics, plots=False)
    *_, end = noise_schedules.findings(read_metrics(Metrics, tmp_path))
    assert ("the first steps of log-decay are told the last timestep" in end.text) == told


def test_the_headline_is_what_the_shape_does(tmp_path: Path) -> None:
    write_schedules(tmp_path, schedules_metrics(), plots=False)
    headline = noise_schedules.headline(read_metrics(Metrics, tmp_path))
    assert headline.value == 1.43 and "at the same start" in headline.label


def test_a_control_is_of_the_default_or_of_the_schedule(tmp_path: Path) -> None:
    metrics = schedules_metrics()
    metrics["start"]["log_decay"]["begun_later"] = "inverse_square"
    write_schedules(tmp_path, metrics, plots=False)
    with pytest.raises(InputError, match=r"start\.log_decay\.begun_later: found 'inverse_square'"):
        read_metrics(Metrics, tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    metrics = schedules_metrics()
    del metrics["high_frequency"]["log_decay"]
    write_schedules(tmp_path, metrics, plots=False)
    with pytest.raises(InputError, match=r"key high_frequency\.log_decay is missing"):
        read_metrics(Metrics, tmp_path)
