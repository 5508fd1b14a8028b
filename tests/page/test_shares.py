"""Near 0 % and 100 % a paired difference of shares is decided only where two independent shares agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediffuse.evaluation.intervals import proportion
from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.shares import paired_difference
from rediffuse.page.wording import difference, direction


def share(hits: int, n: int) -> Estimate:
    return Estimate(**proportion([True] * hits + [False] * (n - hits)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "change", "decided"),
    [
        (293, 285, Estimate(-0.0267, -0.0528, -0.0006), 0),  # 97.7 % and 95.0 %: Newcombe's interval holds 0
        (7, 15, Estimate(0.0267, 0.0006, 0.0528), 0),  # the same near 0 %
        (293, 240, Estimate(-0.1767, -0.2267, -0.1267), -1),
        (0, 30, Estimate(0.1, 0.0659, 0.1341), 1),
        (150, 158, Estimate(0.0267, 0.0006, 0.0528), 1),  # far from both ends the pairs decide alone
        (293, 285, Estimate(-0.0267, -0.0628, 0.0094), 0),
    ],
)
def test_direction(before: int, after: int, change: Estimate, decided: int) -> None:
    assert direction(paired_difference(change, share(after, 300), share(before, 300))) == decided


def test_far_from_both_ends_it_is_as_measured() -> None:
    change = Estimate(0.05, 0.01, 0.09, 300)
    assert paired_difference(change, share(165, 300), share(150, 300)) is change
    assert paired_difference(change, share(270, 300), share(255, 300)) is change  # 90 % is not above 90 %


@given(before=st.integers(0, 20), after=st.integers(0, 20), half=st.floats(0, 0.5), high=st.booleans())
def test_near_an_end_it_contains_both_intervals(before: int, after: int, half: float, high: bool) -> None:
    n = 400
    shares = [share(n - hits if high else hits, n) for hits in (after, before)]
    value = shares[0].value - shares[1].value
    found, apart = paired_difference(Estimate(value, value - half, value + half, n), *shares), difference(*shares)
    assert found.value == value
    assert (found.low, found.high) == (min(value - half, apart.low or 0), max(value + half, apart.high or 0))
