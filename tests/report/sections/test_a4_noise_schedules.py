"""What the page says of noise schedules follows the numbers, whichever way they fall."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a4_noise_schedules as noise_schedules
from rediffuse.studies.a4_noise_schedules.metrics import Metrics
from tests.studies.a4_noise_schedules.synthetic import make_metrics, told
from tests.support.synthetic_metrics import changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in noise_schedules.findings(read_metrics(Metrics, root))]


def moved(value: float, half: float = 0.01) -> dict[str, float]:
    return told(value, half)


MATCHED = "With the noise levels matched, the fine detail of"
FINE = ": the report’s claim that it favours fine detail "
SMOOTH = ": the report’s claim that it gives smooth gradients "
BOTH = ", as a whole and from the same noise level"
NONE = "Swapped naively, no schedule is distinguishable from the default in recognised things"
SQUARE, DECAY = "start/inverse_square/beyond", "start/log_decay/beyond"
WHOLE_SQUARE, WHOLE_DECAY = (f"difference/high_frequency/{name}/matched" for name in ("inverse_square", "log_decay"))
NAIVE_SQUARE, NAIVE_DECAY = (f"difference/high_frequency/{name}/naive" for name in ("inverse_square", "log_decay"))
NAIVE = "difference/thing_accuracy"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            f"{MATCHED} inverse-square is more than that of the default{BOTH}{FINE}holds",
        ),
        (
            {SQUARE: moved(-1), WHOLE_SQUARE: moved(-1), NAIVE_SQUARE: moved(-1)},
            f"{MATCHED} inverse-square is less than that of the default{BOTH}{FINE}is refuted",
        ),
        (
            {SQUARE: moved(0.1, 0.2), WHOLE_SQUARE: moved(0.1, 0.2)},
            f"{MATCHED} inverse-square is not distinguishable from that of the default{BOTH}{FINE}is not confirmed",
        ),
        # The shape alone decides nothing, and neither does the whole.
        (
            {SQUARE: moved(-0.12), WHOLE_SQUARE: moved(-0.08, 0.1)},
            f"{MATCHED} inverse-square is not distinguishable from that of the default as a whole, and less "
            f"than that of the default from the same noise level{FINE}is not confirmed",
        ),
        (
            {SQUARE: moved(-0.12), WHOLE_SQUARE: moved(0.23)},
            f"{MATCHED} inverse-square is more than that of the default as a whole, and less than that of the "
            f"default from the same noise level{FINE}is not confirmed",
        ),
        (
            {},
            f"{MATCHED} log-decay is less than that of the default{BOTH}{SMOOTH}holds",
        ),
        (
            {DECAY: moved(1), WHOLE_DECAY: moved(1), NAIVE_DECAY: moved(1)},
            f"{MATCHED} log-decay is more than that of the default{BOTH}{SMOOTH}is refuted",
        ),
        (
            {DECAY: moved(0.02), WHOLE_DECAY: moved(-0.04, 0.05)},
            f"{MATCHED} log-decay is not distinguishable from that of the default as a whole, and more than "
            f"that of the default from the same noise level{SMOOTH}is not confirmed",
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
        ({}, "By its formula, the inverse-square schedule leaves the most signal at its end"),
        (
            {"terminal_alphas_cumprod/default": 0.2},
            "By its formula, the default schedule leaves the most signal at its end",
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    swapped = re.compile("; swapped naively it is [^:]*")
    assert said in [swapped.sub("", lead) for lead in leads(tmp_path, changes)]


@pytest.mark.parametrize(("left", "told"), [(0.0007, True), (0.0047, False)])
def test_levels_that_were_never_trained_are_told(left: float, told: bool, tmp_path: Path) -> None:
    metrics = make_metrics()
    metrics["terminal_alphas_cumprod"]["log_decay"] = left
    put_metrics(tmp_path, Metrics, metrics)
    *_, end = noise_schedules.findings(read_metrics(Metrics, tmp_path))
    assert ("the first steps of log-decay are told the last timestep" in end.text) == told


def test_the_headline_is_what_the_shape_does(tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, make_metrics())
    headline = noise_schedules.headline(read_metrics(Metrics, tmp_path))
    assert headline.value == 1.43 and "at the same start" in headline.label
    assert "the default begun there has 12.8" in headline.note  # 12.38 begun at its end, and 0.41 of the start


def test_the_base_of_a_control_is_the_default_begun_at_the_same_level(tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, make_metrics())
    numbers = read_metrics(Metrics, tmp_path)
    assert noise_schedules.begun_there(numbers, "inverse_square") == pytest.approx(12.38 + 0.41)
    assert noise_schedules.begun_there(numbers, "log_decay") == pytest.approx(12.38)


def test_an_end_that_is_not_zero_is_not_shown_as_zero(tmp_path: Path) -> None:
    near = {"mean": 0.0192, "low": 0.0004, "high": 0.038}
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {DECAY: near}))
    decay = noise_schedules.findings(read_metrics(Metrics, tmp_path))[1]
    assert "0.0192 [0.0004, 0.0380]" in decay.text and "0.000 " not in decay.text


def test_a_control_is_of_the_default_or_of_the_schedule(tmp_path: Path) -> None:
    metrics = make_metrics()
    metrics["start"]["log_decay"]["begun_later"] = "inverse_square"
    put_metrics(tmp_path, Metrics, metrics)
    with pytest.raises(InputError, match=r"start\.log_decay\.begun_later: found 'inverse_square'"):
        read_metrics(Metrics, tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    metrics = make_metrics()
    del metrics["high_frequency"]["log_decay"]
    put_metrics(tmp_path, Metrics, metrics)
    with pytest.raises(InputError, match=r"key high_frequency\.log_decay is missing"):
        read_metrics(Metrics, tmp_path)


@pytest.mark.parametrize(
    ("naive", "words", "verdict"),
    [
        (moved(0.3), "more than that of the default", "holds"),
        (moved(0.0), "not distinguishable from that of the default", "is not confirmed"),
        (moved(-0.3), "less than that of the default", "is not confirmed"),
    ],
)
def test_a_claim_holds_only_if_the_naive_swap_agrees(
    naive: dict[str, float], words: str, verdict: str, tmp_path: Path
) -> None:
    found = leads(tmp_path, {NAIVE_SQUARE: naive, SQUARE: moved(0.3), WHOLE_SQUARE: moved(0.3)})[0]
    assert found.endswith(f"; swapped naively it is {words}{FINE}{verdict}")
