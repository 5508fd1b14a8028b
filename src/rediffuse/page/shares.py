"""Paired differences of shares, also near 0 % and 100 %."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.wording import difference, percent, points

NEAR = 0.1  # below this share and above 1 − NEAR, Student's interval of the paired differences is too short
SHARES_NOTE = (
    "The tables and the text beside them give intervals over pairs. Where one of two shares is below "
    f"{percent(NEAR, 0)} or above {percent(1 - NEAR, 0)}, the findings widen that of their difference until it "
    "contains the interval of two independent shares, and mark it as widened."
)


@dataclass(frozen=True)
class Widened(Estimate):
    """A paired difference whose interval contains that of two independent shares."""


def paired_points(found: Estimate) -> str:
    """A difference of shares in points, marked where its interval was widened."""
    return points(found) + (" (widened)" if isinstance(found, Widened) else "")


def paired_difference(change: Estimate, after: Estimate, before: Estimate) -> Estimate:
    """Give ``change`` the interval that the page reads it by.

    Near 0 % and 100 % few pairs differ, and Student's interval over pairs is too short. There the interval is
    widened until it contains that of two independent shares (Newcombe 1998), so a difference is decided only where
    both agree.

    Args:
        change: mean of the paired differences, with Student's interval.
        after, before: the two shares, fractions.
    """
    if not any(share.value < NEAR or share.value > 1 - NEAR for share in (after, before)):
        return change
    apart = difference(after, before)
    if change.low is None or change.high is None or apart.low is None or apart.high is None:
        return change
    low, high = min(change.low, apart.low), max(change.high, apart.high)
    if (low, high) == (change.low, change.high):
        return change
    return Widened(change.value, low, high, change.n, change.clusters)
