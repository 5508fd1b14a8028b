"""What two measurements allow to be said."""

from __future__ import annotations

import pytest

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.wording import change, difference, direction, interval, listing, percent, points, significant


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
    assert change(10, 8) == "−20\N{NO-BREAK SPACE}%"
    assert change(0, 8) == "not comparable"
    assert [listing("a"), listing("ab"), listing("abc")] == ["a", "a and b", "a, b and c"]
