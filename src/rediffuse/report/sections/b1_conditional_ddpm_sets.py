"""The numbers of each set of digits and of each guidance scale, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rediffuse.evaluation.intervals import proportion
from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.names import set_name
from rediffuse.studies.b1_conditional_ddpm.metrics import Change, Kinds, Metrics, Nearest, scale_of


@dataclass(frozen=True)
class DigitSet:
    """One set of digits: its generated images beside real ones.

    ``real`` are images of the training domain that were not trained on (the split val), ``test`` images of other
    fonts and photographs.
    """

    key: str
    name: str
    accuracy: Estimate  # of the judge on guided samples
    unguided: Estimate
    ceiling: Estimate  # of the judge on real images
    ceiling_test: Estimate
    baseline: Estimate  # of 1-nearest neighbour on pixels, on the images of ``ceiling``
    baseline_test: Estimate
    by_digit: list[float]  # [10]
    frechet: float
    frechet_real: float  # of as many real images: the least that can be expected
    kid: Estimate  # kernel distance from real images
    kid_real: Estimate
    diversity: Estimate
    diversity_real: Estimate
    nearest: Nearest
    copies: Kinds[Estimate]


@dataclass(frozen=True)
class SweepPoint:
    """All sets at one guidance scale, as the selector reads them."""

    scale: float
    accuracy: Estimate
    diversity: Estimate
    kid: Estimate


@dataclass(frozen=True)
class ComparedPoint(SweepPoint):
    """The same at another scale than the reported one, with the change against that."""

    change: Change


def sets_of(numbers: Metrics) -> list[DigitSet]:
    """One for each set."""
    return [
        DigitSet(
            key=key,
            name=set_name(key),
            accuracy=numbers.accuracy_by_set[key],
            unguided=_share(numbers.unguided_by_set[key], numbers.accuracy_by_set[key].n),
            ceiling=ceiling,
            ceiling_test=numbers.ceiling_test[key],
            baseline=numbers.baseline_1nn[key],
            baseline_test=numbers.baseline_1nn_test[key],
            by_digit=[numbers.by_digit[key][f"digit_{digit}"] for digit in range(10)],
            frechet=numbers.frechet[key],
            frechet_real=numbers.frechet_real[key],
            kid=numbers.kid[key],
            kid_real=numbers.kid_real[key],
            diversity=numbers.diversity[key],
            diversity_real=numbers.diversity_real[key],
            nearest=numbers.nearest[key],
            copies=numbers.nearest[key].copies,
        )
        for key, ceiling in numbers.ceiling.items()
    ]


def _share(value: float, n: int | None) -> Estimate:
    """A share of ``n`` images with its interval; as many are drawn without guidance as with it."""
    if n is None:
        return Estimate(value)
    found = proportion(np.arange(n) < round(value * n))
    return Estimate(value, found["low"], found["high"], n)


def base_of(points: list[SweepPoint], reported: float) -> SweepPoint:
    """The point from which the changes of all others are measured: the scale nearest to the reported one."""
    return min(points, key=lambda point: abs(point.scale - reported))


def sweep_of(numbers: Metrics) -> list[SweepPoint]:
    """One for each scale, by rising scale."""
    return [
        SweepPoint(scale_of(key), point.accuracy, point.diversity, point.kid) for key, point in numbers.sweep.items()
    ]


def compared_of(numbers: Metrics) -> list[ComparedPoint]:
    """One for each scale other than the reported one, by rising scale."""
    return [
        ComparedPoint(scale_of(key), point.accuracy, point.diversity, point.kid, point.change)
        for key, point in numbers.sweep.items()
        if point.change is not None
    ]
