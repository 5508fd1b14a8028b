"""A6: the numbers of the metrics file, checked."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import Estimate

MEASURES = ("changed", "kept", "both", "edges")


@dataclass(frozen=True)
class Shares:
    """How often an edit did what, as shares of some pictures."""

    changed: Estimate
    kept: Estimate
    both: Estimate


@dataclass(frozen=True)
class Way:
    """One way to edit: a scale, or drawing anew."""

    scale: float | None  # s; None for drawing anew
    right: Shares  # of the right sources
    every: Shares  # of all pictures
    edges: Estimate  # F1 against the source
    choosing: float | None  # both, on the noises by which the scale was chosen


@dataclass(frozen=True)
class Difference:
    """One way to edit less another, on the same right sources."""

    changed: Estimate
    kept: Estimate
    both: Estimate
    edges: Estimate


@dataclass(frozen=True)
class Numbers:
    """metrics/edit_attribute.json, checked."""

    best: Way
    n: int  # right sources; 0 where none is
    every_n: int
    curve: list[Way]
    redrawn: Way
    push: Difference  # the largest s less the least
    against_best: Difference  # steering at the chosen s less drawing anew
    against_equal: Difference  # steering at ``equal_scale`` less drawing anew
    equal_scale: float
    strangers: Estimate
    source: dict[str, Estimate]
    things: int
    right_things: int
    choosing_n: int


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""
    curve = [_way(metrics, ("curve", key), key) for key in metrics.names("curve")]
    scale = metrics.number("best", "scale")
    chosen = [way for way in curve if way.scale == scale]
    if not chosen:
        raise InputError(f"{metrics.path}: best.scale: found {scale:g}, which is no scale of curve")
    for key in ("changed", "kept", "both"):
        if metrics.fraction("best", key) != getattr(chosen[0].right, key).value:
            raise InputError(f"{metrics.path}: best.{key}: found {metrics.number('best', key):g}, not as in curve")

    def source(key: str) -> Estimate:
        metrics.fraction("source", key, "share")
        return metrics.estimate(("source", key, "share"), ("source", key), ("source", key, "n"))

    def moved(*place: str) -> Difference:
        return Difference(*(metrics.estimate((*place, key, "mean"), (*place, key)) for key in MEASURES))

    return Numbers(
        best=chosen[0],
        n=int(metrics.number("best", "n")),
        every_n=metrics.count("best", "unconditional", "n"),
        curve=curve,
        redrawn=_way(metrics, ("redrawn",), None),
        push=moved("push"),
        against_best=moved("against_redrawn", "best"),
        against_equal=moved("against_redrawn", "equal"),
        equal_scale=metrics.number("against_redrawn", "equal", "scale"),
        strangers=metrics.estimate(("strangers", "mean"), ("strangers",)),
        source={key: source(key) for key in ("scene", "thing", "right")},
        things=metrics.count("things", "all"),
        right_things=int(metrics.number("things", "right")),
        choosing_n=int(metrics.number("choosing", "n")),
    )


def _way(metrics: Metrics, keys: tuple[str, ...], scale: str | None) -> Way:
    def shares(*place: str) -> Shares:
        found = []
        for key in ("changed", "kept", "both"):
            metrics.fraction(*place, key)
            found.append(metrics.estimate((*place, key), (*place, "interval", key)))
        return Shares(*found)

    try:
        number = None if scale is None else float(scale)
    except ValueError:
        raise InputError(f"{metrics.path}: curve: found the key {scale!r}, expected a scale") from None
    return Way(
        scale=number,
        right=shares(*keys),
        every=shares(*keys, "unconditional"),
        edges=metrics.estimate((*keys, "edges", "mean"), (*keys, "edges")),
        choosing=metrics.fraction("choosing", "both", scale) if scale is not None and number else None,
    )
