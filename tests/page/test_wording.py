"""What two measurements allow to be said."""

from __future__ import annotations

import pytest

from rediffuse.evaluation.intervals import proportion, rounded
from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.wording import (
    decimal,
    difference,
    direction,
    interval,
    listing,
    measured,
    percent,
    points,
    significant,
    with_interval,
)


def test_newcombes_own_example() -> None:
    # Newcombe 1998, table II, case a: 56/70 against 48/80, Wilson intervals; method 10 gives 0.0524 to 0.3339.
    gap = difference(Estimate(56 / 70, 0.6918, 0.8766), Estimate(48 / 80, 0.4904, 0.7003))
    assert gap.value == pytest.approx(0.2)
    assert (gap.low, gap.high) == (pytest.approx(0.0524, abs=2e-4), pytest.approx(0.3339, abs=3e-4))
    assert direction(gap) == 1


@pytest.mark.parametrize(
    ("after", "before", "said"),
    [
        (Estimate(0.9, 0.88, 0.92), Estimate(0.8, 0.78, 0.82), 1),
        (Estimate(0.8, 0.78, 0.82), Estimate(0.9, 0.88, 0.92), -1),
        (Estimate(0.9, 0.8, 1.0), Estimate(0.88, 0.8, 1.0), 0),
        (Estimate(0.9), Estimate(0.1, 0.0, 0.2), 0),
    ],
)
def test_only_an_interval_without_zero_is_a_difference(after: Estimate, before: Estimate, said: int) -> None:
    assert direction(difference(after, before)) == said


def test_numbers_as_text() -> None:
    assert percent(0.9912) == "99.1\N{NO-BREAK SPACE}%"
    assert interval(Estimate(0.5, 0.4, 0.6), 100, 1) == "[40.0, 60.0]"
    assert interval(Estimate(0.5)) == "–"
    assert points(Estimate(-0.012)) == "−1.2\N{NO-BREAK SPACE}points"
    assert [significant(value) for value in (0.004123, 9.5421, 1234.5, 0)] == ["0.00412", "9.54", "1234", "0"]
    assert [listing("a"), listing("ab"), listing("abc")] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(("value", "digits", "said"), [(-0.04, 1, "0.0"), (-0.06, 1, "−0.1"), (-0.0, 2, "0.00")])
def test_a_zero_has_no_sign(value: float, digits: int, said: str) -> None:
    assert decimal(value, digits) == said


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(-0.24, -0.27, -0.21), "−0.24 [−0.27, −0.21]"),
        (Estimate(-0.0005, -0.0009, -0.0001), "−0.0005 [−0.0009, −0.0001]"),
        (Estimate(0.011, -0.002, 0.024), "0.011 [−0.002, 0.024]"),
        (Estimate(0.0, -0.0, 0.0), "0.00 [0.00, 0.00]"),
        (Estimate(12.0, 10.0, 14.0), "12.00 [10.00, 14.00]"),
    ],
)
def test_a_value_and_its_interval_have_the_decimals_that_both_need(estimate: Estimate, said: str) -> None:
    assert measured(estimate) == said


def test_a_small_difference_is_not_printed_as_none() -> None:
    assert points(Estimate(0.0004, -0.008, 0.0089)) == "+0.04\N{NO-BREAK SPACE}points [−0.80, 0.89]"
    assert points(Estimate(0.0, -0.0, 0.0)) == "0.0\N{NO-BREAK SPACE}points [0.0, 0.0]"


def test_a_share_is_rounded_once() -> None:
    # 3 of 500: Wilson's upper end is 0.017494.
    share = Estimate(**rounded(dict(proportion([True] * 3 + [False] * 497))))  # type: ignore[arg-type]
    assert with_interval(share) == "0.6\N{NO-BREAK SPACE}% [0.2, 1.7]"
