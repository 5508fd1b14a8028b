"""Numbers as text, and what two measured numbers allow to be said."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rediffuse.evaluation.metrics import Estimate

MOST = 6  # decimals of an unscaled number that a text has at most
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

# Of a value that another one, which stands before it, is compared with; by the direction of the difference.
OUTCOMES = {1: "which is less", 0: "which is not distinguishable", -1: "which is more"}


def percent(value: float, digits: int = 1) -> str:
    """0.9912 as ``99.1 %``."""
    return f"{decimal(100 * value, digits)}{NBSP}%"


def decimal(value: float, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign; 0 has no sign."""
    text = f"{value:.{digits}f}"
    return text.replace("-", MINUS) if float(text) else text.removeprefix("-")


def significant(value: float, figures: int = 3) -> str:
    """A number of unknown size with three figures that mean something: ``0.00412``, ``9.54``, ``1234``."""
    if value == 0:
        return "0"
    decimals = figures - 1 - math.floor(math.log10(abs(value)))
    return decimal(value, min(max(decimals, 0), 9))


def count(value: int) -> str:
    """10000 as ``10,000``."""
    return f"{value:,}"


def decimals_of(estimate: Estimate, scale: float = 1.0, digits: int = 2) -> int:
    """The decimals from ``digits`` on, and at most ``MOST`` of the unscaled number, that a value and its interval need.

    With fewer, a number other than 0 would be printed as 0, or two of the three as the same.
    """
    most = MOST - round(math.log10(scale))
    found = (estimate.value, estimate.low, estimate.high)
    numbers = {scale * number for number in found if number is not None} | {0.0}

    def shown(decimals: int) -> bool:
        return len({decimal(number, decimals) for number in numbers}) == len(numbers)

    return next((decimals for decimals in range(digits, most) if shown(decimals)), max(digits, most))


def interval(estimate: Estimate, scale: float = 1.0, digits: int = 2) -> str:
    """The 95 % interval in brackets, or a dash where none was measured."""
    if estimate.low is None or estimate.high is None:
        return "–"
    digits = decimals_of(estimate, scale, digits)
    return f"[{decimal(scale * estimate.low, digits)}, {decimal(scale * estimate.high, digits)}]"


def measured(estimate: Estimate, scale: float = 1.0, digits: int = 2) -> str:
    """A value with its interval, to as many decimals as both need: ``−0.24 [−0.27, −0.21]``."""
    value = decimal(scale * estimate.value, decimals_of(estimate, scale, digits))
    return f"{value} {interval(estimate, scale, digits)}"


def with_interval(estimate: Estimate, digits: int = 1) -> str:
    """A fraction with its interval: ``99.1 % [98.7, 99.4]``."""
    bare = estimate.low is None or estimate.high is None
    value = percent(estimate.value, decimals_of(estimate, 100, digits))
    return value + ("" if bare else " " + interval(estimate, 100, digits))


def points(difference: Estimate) -> str:
    """A difference of fractions: ``+1.2 points [0.3, 2.2]``."""
    sign = "+" if difference.value > 0 else ""
    span = "" if difference.low is None else " " + interval(difference, 100, 1)
    return f"{sign}{decimal(100 * difference.value, decimals_of(difference, 100, 1))}{NBSP}points{span}"


def listing(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def difference(after: Estimate, before: Estimate) -> Estimate:
    """``after − before`` with a 95 % interval from the two intervals.

    The square-and-add method (Newcombe 1998; Zou and Donner 2008), which keeps the skew of
    intervals near 0 or 1. It takes the two as independent; where they share their noises, the
    interval is wider than it need be.
    """
    value = after.value - before.value
    if after.low is None or after.high is None or before.low is None or before.high is None:
        return Estimate(value)
    low = value - math.hypot(after.value - after.low, before.high - before.value)
    high = value + math.hypot(after.high - after.value, before.value - before.low)
    return Estimate(value, low, high)


def negated(difference: Estimate) -> Estimate:
    """``before − after`` of ``after − before``."""
    low, high = (None if end is None else -end for end in (difference.high, difference.low))
    return Estimate(-difference.value, low, high, difference.n)


def direction(difference: Estimate) -> int:
    """1 or −1 where the interval leaves zero out, else 0."""
    if difference.low is None or difference.high is None:
        return 0
    return (difference.low > 0) - (difference.high < 0)


def movement(difference: Estimate) -> str:
    """What a measure does by a difference: one of three outcomes, as a verb."""
    return {1: "rises", 0: "does not change distinguishably", -1: "falls"}[direction(difference)]


def two_movements(first: str, first_difference: Estimate, second: str, second_difference: Estimate) -> str:
    """``A rises while B falls``, or ``A and B rise`` where both do alike."""
    one, two = movement(first_difference), movement(second_difference)
    if one != two:
        return f"{first} {one} while {second} {two}"
    alike = {"rises": "rise", "falls": "fall"}.get(one, "do not change distinguishably")
    return f"{first} and {second} {alike}"
