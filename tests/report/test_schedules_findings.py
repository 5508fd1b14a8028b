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


FINE, SMOOTH = "inverse-square favours fine detail", "log-decay gives smooth gradients, with less fine detail"
SQUARE = "difference/high_frequency/inverse_square/matched"
DECAY = "difference/high_frequency/log_decay/matched"
NAIVE = "difference/thing_accuracy"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"The report’s claim that {FINE} holds here"),
        ({SQUARE: moved(-1)}, f"The report’s claim that {FINE} is refuted here"),
        ({SQUARE: moved(0.1, 0.2)}, f"The report’s claim that {FINE} cannot be confirmed here"),
        ({}, f"The report’s claim that {SMOOTH} holds here"),
        ({DECAY: moved(1)}, f"The report’s claim that {SMOOTH} is refuted here"),
        ({DECAY: moved(0.1, 0.2)}, f"The report’s claim that {SMOOTH} cannot be confirmed here"),
        ({}, "Swapped naively, log-decay lets the judge recognise fewer things"),
        (
            {f"{NAIVE}/log_decay/naive": moved(0.0)},
            "That a naive swap costs recognisable things cannot be told",
        ),
        (
            {f"{NAIVE}/inverse_square/naive": moved(-0.2)},
            "Swapped naively, inverse-square and log-decay lets the judge recognise fewer things",
        ),
        ({}, "The inverse-square schedule ends with most of the signal left"),
        ({"terminal_alphas_cumprod/default": 0.2}, "The default schedule ends with most of the signal left"),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    metrics = schedules_metrics()
    del metrics["interval"]["high_frequency"]["log_decay"]
    write_schedules(tmp_path, metrics, plots=False)
    with pytest.raises(InputError, match=r"key interval\.high_frequency\.log_decay is missing"):
        noise_schedules.read(Metrics(tmp_path, STAGE))
