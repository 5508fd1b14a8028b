"""The numbers of metrics/evaluate_digits.json, checked and typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rediffuse.errors import InputError
from rediffuse.report.inputs import Estimate, Metrics
from rediffuse.report.names import set_name

PREFIX = "scale_"


@dataclass(frozen=True)
class DigitSet:
    """One set of digits: its generated images beside real ones."""

    key: str
    name: str
    accuracy: Estimate  # of the judge on guided samples
    unguided: float
    ceiling: Estimate  # of the judge on real test images
    by_digit: list[float]  # [10]
    frechet: float
    frechet_real: float  # of as many real test images: the least that can be expected
    diversity: float
    diversity_real: float
    nearest: float  # median distance of a sample to its nearest training image
    nearest_real: float  # the same for real test images


@dataclass(frozen=True)
class SweepPoint:
    """All sets at one guidance scale."""

    scale: float
    accuracy: Estimate
    diversity: float
    frechet: float


@dataclass(frozen=True)
class Numbers:
    """All that the stage measured."""

    scale: float
    mean: Estimate
    unguided: Estimate
    sets: list[DigitSet]
    sweep: list[SweepPoint]  # by rising scale


def read(metrics: Metrics) -> Numbers:
    """Read the metrics of ``evaluate_digits``; the sets are those of its key ``ceiling``."""
    scales = sorted((_scale(metrics, key), key) for key in metrics.names("sweep"))
    return Numbers(
        scale=metrics.number("guidance_scale"),
        mean=_mean(metrics, "accuracy"),
        unguided=_mean(metrics, "unguided"),
        sets=[_set(metrics, key) for key in metrics.names("ceiling")],
        sweep=[_sweep(metrics, scale, key) for scale, key in scales],
    )


def _mean(metrics: Metrics, key: str) -> Estimate:
    metrics.fraction(key, "mean")
    return metrics.estimate((key, "mean"), (key,), (key, "n"))


def _set(metrics: Metrics, key: str) -> DigitSet:
    for where in ("accuracy", "ceiling"):
        metrics.fraction(where, key)
    interval = ("accuracy_interval", key)
    real = ("ceiling_interval", key)
    return DigitSet(
        key=key,
        name=set_name(key),
        accuracy=metrics.estimate(("accuracy", key), interval, (*interval, "n")),
        unguided=metrics.fraction("unguided", key),
        ceiling=metrics.estimate(("ceiling", key), real, (*real, "n")),
        by_digit=[metrics.fraction("by_digit", key, f"digit_{digit}") for digit in range(10)],
        frechet=metrics.number("frechet", key),
        frechet_real=metrics.number("frechet_real", key),
        diversity=metrics.number("diversity", key),
        diversity_real=metrics.number("diversity_real", key),
        nearest=metrics.number("nearest", key, "generated"),
        nearest_real=metrics.number("nearest", key, "test"),
    )


def _sweep(metrics: Metrics, scale: float, key: str) -> SweepPoint:
    place = ("sweep", key)
    metrics.fraction(*place, "accuracy")
    accuracy = metrics.estimate((*place, "accuracy"), place, (*place, "n"))
    return SweepPoint(scale, accuracy, metrics.number(*place, "diversity"), metrics.number(*place, "frechet"))


def _scale(metrics: Metrics, key: str) -> float:
    # A dot would split the key for tools that address metrics by path, so 1.5 may be scale_1_5.
    found = re.fullmatch(PREFIX + r"(\d+)(?:[_.](\d+))?", key, re.ASCII)
    if found is None:
        raise InputError(f"{metrics.path}: sweep: found key {key!r}, expected {PREFIX}1, {PREFIX}1_5 or the like")
    return float(f"{found[1]}.{found[2] or 0}")
