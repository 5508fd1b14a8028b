"""What the page says of noise schedules follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.errors import InputError
from rediffuse.report.inputs import Metrics
from rediffuse.report.studies import noise_schedules
from tests.report.schedules_run import STAGE, around, schedules_metrics, write_schedules


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    metrics = schedules_metrics()
    for path, value in changes.items():
        *keys, last = path.split("/")
        place = metrics
        for key in keys:
            place = place[key]
        place[last] = value
    write_schedules(root, metrics, plots=False)
    return [found.lead for found in noise_schedules.findings(noise_schedules.read(Metrics(root, STAGE)))]


def moved(value: float, half: float = 0.01) -> dict[str, float]:
    return {"mean": value, **around(value, half)}


FINE = "the report’s claim that inverse-square favours fine detail"
SMOOTH = "the report’s claim that log-decay gives smooth gradients, with less fine detail"
SQUARE = "difference/high_frequency/inverse_square"
DECAY = "difference/high_frequency/log_decay"
START = "start/inverse_square"
NAIVE = "difference/thing_accuracy"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"T{FINE[1:]} holds in both ways"),
        ({f"{SQUARE}/matched": moved(-1), f"{SQUARE}/naive": moved(-1)}, f"T{FINE[1:]} is refuted in both ways"),
        (
            {f"{SQUARE}/naive": moved(-1)},
            f"Swapped naively, {FINE} is refuted; with the noise levels matched it holds",
        ),
        (
            {f"{SQUARE}/matched": moved(0.1, 0.2)},
            f"Swapped naively, {FINE} holds; with the noise levels matched it cannot be confirmed",
        ),
        ({}, f"T{SMOOTH[1:]} holds in both ways"),
        (
            {f"{DECAY}/naive": moved(1)},
            f"Swapped naively, {SMOOTH} is refuted; with the noise levels matched it holds",
        ),
        (
            {f"{DECAY}/matched": moved(0.1, 0.2), f"{DECAY}/naive": moved(0.1, 0.2)},
            f"T{SMOOTH[1:]} cannot be confirmed in both ways",
        ),
        ({}, "What inverse-square does to fine detail is more than its start alone does"),
        (
            {f"{START}/beyond": moved(0.1, 0.2)},
            "What inverse-square does to fine detail is no more than its start alone does",
        ),
        (
            {f"{START}/beyond": moved(-1)},
            "What inverse-square does to fine detail is no more than its start alone does",
        ),
        (
            {f"{SQUARE}/matched": moved(0.1, 0.2)},
            "Whether inverse-square does anything to fine detail beyond its start cannot be told",
        ),
        ({}, "Swapped naively, log-decay lets the judge recognise fewer things"),
        (
            {f"{NAIVE}/log_decay/naive": moved(0.0)},
            "That a naive swap costs recognisable things cannot be told",
        ),
        (
            {f"{NAIVE}/inverse_square/naive": moved(-0.2)},
            "Swapped naively, inverse-square and log-decay let the judge recognise fewer things",
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
    *_, end = noise_schedules.findings(noise_schedules.read(Metrics(tmp_path, STAGE)))
    assert ("the first steps of log-decay are told the last timestep" in end.text) == told


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    metrics = schedules_metrics()
    del metrics["interval"]["high_frequency"]["log_decay"]
    write_schedules(tmp_path, metrics, plots=False)
    with pytest.raises(InputError, match=r"key interval\.high_frequency\.log_decay is missing"):
        noise_schedules.read(Metrics(tmp_path, STAGE))
