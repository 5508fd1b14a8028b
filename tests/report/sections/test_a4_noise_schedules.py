"""What the page says of noise schedules follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a4_noise_schedules as noise_schedules
from rediffuse.studies.a4_noise_schedules.metrics import Metrics
from tests.studies.a4_noise_schedules.synthetic import make_metrics
from tests.support.synthetic_metrics import around, changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in noise_schedules.findings(read_metrics(Metrics, root))]


def moved(value: float, half: float = 0.01) -> dict[str, float]:
    return around(value, half)


SQUARE, DECAY = "start/inverse_square/beyond", "start/log_decay/beyond"
NAIVE_SQUARE, NAIVE_DECAY = (f"difference/high_frequency/{name}/naive" for name in ("inverse_square", "log_decay"))
SLOW_SQUARE, SLOW_DECAY = (f"difference/low_frequency/{name}/naive" for name in ("inverse_square", "log_decay"))
NAIVE, HOLDS, FAILS = "difference/thing_accuracy", "as the report claims", "against the report’s claim"
SWAPPED = "Swapped naively, {} has {} fine detail than the default, "
OPEN = (
    "Swapped naively, the fine detail of {} is not distinguishable from that of the default, so for this swap the "
    "report’s claim is not confirmed"
)
SAME = "; from the same noise level, "
EQUAL = SAME + "their fine detail is not distinguishable"
MORE_SQUARE, LESS_SQUARE = (SWAPPED.format("inverse-square", word) for word in ("more", "less"))
MORE_DECAY, LESS_DECAY = (SWAPPED.format("log-decay", word) for word in ("more", "less"))
NONE = "Swapped naively or matched, no schedule is distinguishable from the default in recognised things"
WAYS = ("naive", "matched")
UNMOVED = {f"{NAIVE}/{name}/{way}": moved(0.0) for name in ("inverse_square", "log_decay") for way in WAYS}
FEWER_AND_MORE = (
    "the judge recognises fewer things with log-decay and more things with inverse-square than with the default"
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"{MORE_SQUARE}{HOLDS}, but slow changes rise too{SAME}it has more fine detail"),
        ({SLOW_SQUARE: moved(0.0)}, f"{MORE_SQUARE}{HOLDS}{SAME}it has more fine detail"),
        ({SLOW_SQUARE: moved(-1)}, f"{MORE_SQUARE}{HOLDS}{SAME}it has more fine detail"),
        ({SQUARE: moved(-1)}, f"{MORE_SQUARE}{HOLDS}, but slow changes rise too{SAME}it has less fine detail"),
        ({SQUARE: moved(0.1, 0.2)}, f"{MORE_SQUARE}{HOLDS}, but slow changes rise too{EQUAL}"),
        ({NAIVE_SQUARE: moved(-1)}, f"{LESS_SQUARE}{FAILS}{SAME}it has more fine detail"),
        (
            {NAIVE_SQUARE: moved(-1), SLOW_SQUARE: moved(-1)},
            f"{LESS_SQUARE}{FAILS}, and slow changes fall too{SAME}it has more fine detail",
        ),
        ({NAIVE_SQUARE: moved(0.0)}, f"{OPEN.format('inverse-square')}{SAME}it has more fine detail"),
        ({NAIVE_SQUARE: moved(0.0), SQUARE: moved(0.0)}, f"{OPEN.format('inverse-square')}{EQUAL}"),
        # Two outcomes that are not distinguishable are no common movement.
        (
            {NAIVE_SQUARE: moved(0.0), SLOW_SQUARE: moved(0.0)},
            f"{OPEN.format('inverse-square')}{SAME}it has more fine detail",
        ),
        ({}, f"{LESS_DECAY}{HOLDS}, but slow changes fall too{SAME}it has less fine detail"),
        ({NAIVE_DECAY: moved(1), DECAY: moved(1)}, f"{MORE_DECAY}{FAILS}{SAME}it has more fine detail"),
        (
            {NAIVE_DECAY: moved(1), SLOW_DECAY: moved(1)},
            f"{MORE_DECAY}{FAILS}, and slow changes rise too{SAME}it has less fine detail",
        ),
        ({NAIVE_DECAY: moved(0.0)}, f"{OPEN.format('log-decay')}{SAME}it has less fine detail"),
        ({}, f"Swapped naively, {FEWER_AND_MORE}; matched, {FEWER_AND_MORE}"),
        (UNMOVED, NONE),
        (
            UNMOVED | {f"{NAIVE}/log_decay/matched": moved(-0.1)},
            "Swapped naively, no schedule is distinguishable from the default; matched, the judge recognises fewer "
            "things with log-decay than with the default",
        ),
        # Near 100 % the interval of the two shares must agree.
        (
            UNMOVED
            | {f"{NAIVE}/log_decay/matched": moved(-0.02)}
            | {f"thing_accuracy/{name}/matched": moved(0.95, 0.03) for name in ("default", "log_decay")},
            NONE,
        ),
        (
            UNMOVED | {f"{NAIVE}/{name}/naive": moved(-0.2) for name in ("inverse_square", "log_decay")},
            "Swapped naively, the judge recognises fewer things with inverse-square and log-decay than with the "
            "default; matched, no schedule is distinguishable from the default",
        ),
        ({}, "By its formula, the inverse-square schedule leaves the most signal at its end"),
        (
            {"terminal_alphas_cumprod/default": 0.2},
            "By its formula, the default schedule leaves the most signal at its end",
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "48 prompts. Both rise, so the swap does not change fine detail alone. Matched"),
        (
            {NAIVE_SQUARE: moved(-1), SLOW_SQUARE: moved(-1)},
            "48 prompts. Both fall, so the swap does not change fine detail alone. Matched",
        ),
        ({SLOW_SQUARE: moved(-1)}, "48 prompts. Slow changes go the other way. Matched"),
        ({SLOW_SQUARE: moved(0.0)}, "48 prompts. No effect on slow changes is distinguishable. Matched"),
        ({NAIVE_SQUARE: moved(0.0)}, "48 prompts. Matched"),
    ],
)
def test_a_change_of_both_bands_is_none_of_fine_detail_alone(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), changes))
    assert said in noise_schedules.findings(read_metrics(Metrics, tmp_path))[0].text


def test_differences_are_given_in_percent_of_what_the_default_has(tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, make_metrics())
    square, decay = (
        found.text.replace("\u00a0", " ") for found in noise_schedules.findings(read_metrics(Metrics, tmp_path))[:2]
    )
    assert "fine detail differs by 2.110 [1.610, 2.610] (+18.7 %) from the default" in square  # of 11.31
    assert "t = 789 of the default, fine detail differs by 1.430 [1.260, 1.600] (+11.2 %)" in square  # of 12.79
    assert "as a whole, it differs by 1.830 [1.330, 2.330] (+14.8 %)" in square  # of 12.38
    assert "0.410 [0.280, 0.540] of fine detail is due to the different start." in square
    assert "t = 871 of log-decay, fine detail differs by −0.930 [−1.120, −0.740] (−7.5 %)" in decay  # of 12.38
    assert "of fine detail is due to its first steps, which have less signal than any step of training" in decay


def test_a_start_that_is_not_distinguishable_is_said(tmp_path: Path) -> None:
    for half, said in ((0.5, True), (0.1, False)):
        metrics = changed(make_metrics(), {"start/log_decay/alone": moved(0.2, half)})
        put_metrics(tmp_path, Metrics, metrics)
        decay = noise_schedules.findings(read_metrics(Metrics, tmp_path))[1]
        assert ("(not distinguishable from 0) of fine detail" in decay.text) is said


def test_a_default_without_fine_detail_has_no_percent(tmp_path: Path) -> None:
    metrics = changed(make_metrics(), {"high_frequency/default/naive": moved(0.0)})
    put_metrics(tmp_path, Metrics, metrics)
    square = noise_schedules.findings(read_metrics(Metrics, tmp_path))[0]
    assert "fine detail differs by 2.110 [1.610, 2.610] from the default" in square.text


@pytest.mark.parametrize(("left", "said"), [(0.0007, True), (0.0047, False)])
def test_levels_that_were_never_trained_are_named(left: float, said: bool, tmp_path: Path) -> None:
    metrics = make_metrics()
    metrics["terminal_alphas_cumprod"]["log_decay"] = left
    put_metrics(tmp_path, Metrics, metrics)
    *_, end = noise_schedules.findings(read_metrics(Metrics, tmp_path))
    assert ("with less signal than 0.0047. The first steps of log-decay lie there" in end.text) == said


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
