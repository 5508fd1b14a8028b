"""The numbers of metrics/evaluate_digits.json, checked and typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rediffuse.page.inputs import Metrics
from rediffuse.page.names import set_name
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import Estimate

PREFIX = "scale_"


@dataclass(frozen=True)
class DigitSet:
    """One set of digits: its generated images beside real ones.

    ``real`` are images of the training domain that were not trained on (the split val), ``test`` images of other
    fonts and photographs.
    """

    key: str
    name: str
    accuracy: Estimate  # of the judge on guided samples
    unguided: float
    ceiling: Estimate  # of the judge on real images
    ceiling_test: Estimate
    by_digit: list[float]  # [10]
    frechet: float
    frechet_real: float  # of as many real images: the least that can be expected
    kid: Estimate  # kernel distance from real images
    kid_real: Estimate
    diversity: Estimate
    diversity_real: Estimate
    nearest: dict[str, float]  # median distance to the nearest training image, of generated, real and test images
    limit: float  # the first percentile of the real images' distances
    copies: dict[str, Estimate]  # shares of images nearer than that


@dataclass(frozen=True)
class SweepPoint:
    """All sets at one guidance scale, as the selector reads them, and the change against the reported scale."""

    scale: float
    accuracy: Estimate
    diversity: Estimate
    kid: Estimate
    change: dict[str, Estimate]  # by measure, paired


@dataclass(frozen=True)
class Numbers:
    """All that the stage measured."""

    scale: float
    mean: Estimate
    unguided: Estimate
    gain: Estimate  # of guided over unguided samples from the same noises
    sets: list[DigitSet]
    sweep: list[SweepPoint]  # by rising scale


def read(metrics: Metrics) -> Numbers:
    """Read the metrics of ``evaluate_digits``; the sets are those of its key ``ceiling``."""
    scales = sorted((_scale(metrics, key), key) for key in metrics.names("sweep"))
    return Numbers(
        scale=metrics.number("guidance_scale"),
        mean=_mean(metrics, "accuracy"),
        unguided=_mean(metrics, "unguided"),
        gain=metrics.estimate(("guidance_gain", "mean"), ("guidance_gain",)),
        sets=[_set(metrics, key) for key in metrics.names("ceiling")],
        sweep=[_sweep(metrics, scale, key) for scale, key in scales],
    )


def _mean(metrics: Metrics, key: str) -> Estimate:
    metrics.fraction(key, "mean")
    return metrics.estimate((key, "mean"), (key,), (key, "n"))


def _set(metrics: Metrics, key: str) -> DigitSet:
    def share(where: str) -> Estimate:
        metrics.fraction(where, key)
        interval = (f"{where}_interval", key)
        return metrics.estimate((where, key), interval, (*interval, "n"))

    def measured(*keys: str) -> Estimate:
        return metrics.estimate((*keys, "mean"), keys, (*keys, "n"))

    kinds = ("generated", "real", "test")
    return DigitSet(
        key=key,
        name=set_name(key),
        accuracy=share("accuracy"),
        unguided=metrics.fraction("unguided", key),
        ceiling=share("ceiling"),
        ceiling_test=share("ceiling_test"),
        by_digit=[metrics.fraction("by_digit", key, f"digit_{digit}") for digit in range(10)],
        frechet=metrics.number("frechet", key),
        frechet_real=metrics.number("frechet_real", key),
        kid=measured("kid", key),
        kid_real=measured("kid_real", key),
        diversity=measured("diversity", key),
        diversity_real=measured("diversity_real", key),
        nearest={kind: metrics.number("nearest", key, kind) for kind in kinds},
        limit=metrics.number("nearest", key, "limit"),
        copies={kind: measured("nearest", key, "copies", kind) for kind in kinds},
    )


def _sweep(metrics: Metrics, scale: float, key: str) -> SweepPoint:
    place = ("sweep", key)
    metrics.fraction(*place, "accuracy", "mean")
    names = ("accuracy", "diversity", "kid")
    values = {name: metrics.estimate((*place, name, "mean"), (*place, name), (*place, name, "n")) for name in names}
    change = {name: metrics.estimate((*place, "change", name, "mean"), (*place, "change", name)) for name in names}
    return SweepPoint(scale, values["accuracy"], values["diversity"], values["kid"], change)


def _scale(metrics: Metrics, key: str) -> float:
    # A dot would split the key for tools that address metrics by path, so 1.5 may be scale_1_5.
    found = re.fullmatch(PREFIX + r"(\d+)(?:[_.](\d+))?", key, re.ASCII)
    if found is None:
        raise InputError(f"{metrics.path}: sweep: found key {key!r}, expected {PREFIX}1, {PREFIX}1_5 or the like")
    return float(f"{found[1]}.{found[2] or 0}")
