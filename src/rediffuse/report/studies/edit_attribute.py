"""A6: an attribute changed by steering the latents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.errors import InputError
from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.report.wording import difference, direction, interval, percent, points, significant, with_interval

STAGE = "edit_attribute"
GOOD = 0.8  # the share from which on the page calls an edit done


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
class Numbers:
    """metrics/edit_attribute.json, checked."""

    best: Way
    n: int  # right sources; 0 where none is
    every_n: int
    curve: list[Way]
    redrawn: Way
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

    return Numbers(
        best=chosen[0],
        n=int(metrics.number("best", "n")),
        every_n=metrics.count("best", "unconditional", "n"),
        curve=curve,
        redrawn=_way(metrics, ("redrawn",), None),
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


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report that is reproduced gave no number."""
    del references
    numbers = read(inputs.metrics(STAGE))
    data: dict[str, Any] = {
        "numbers": numbers,
        "figures": _figures(inputs, numbers),
        "scrubber": _scrubber(inputs, numbers),
    }
    return Content(_headlines(numbers), findings(numbers), data)


def _headlines(numbers: Numbers) -> list[Headline]:
    both, changed = numbers.best.right.both, numbers.best.right.changed
    note = f"{numbers.n} sources that showed both, of {numbers.right_things} things"
    return [
        Headline(
            "edited as asked: scene changed and thing kept",
            both.value,
            percent(both.value),
            interval(both, 100, 1),
            f"{note}; s = {numbers.best.scale:g}",
        ),
        Headline(
            "scene changed, whatever became of the thing",
            changed.value,
            percent(changed.value),
            interval(changed, 100, 1),
            f"thing kept in {percent(numbers.best.right.kept.value)}",
        ),
    ]


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    if not numbers.n:
        lead = "No source showed its thing and its scene, so nothing can be told of the edit"
        return [Finding(lead, f"The judge read {numbers.every_n} sources."), _sources(numbers)]
    return [_edit(numbers), _push(numbers), _anew(numbers), _sources(numbers)]


def _edit(numbers: Numbers) -> Finding:
    best = numbers.best.right
    if best.both.value >= GOOD:
        lead = "Steering changes the scene and keeps the thing"
    elif best.changed.value >= GOOD:
        lead = "Steering changes the scene, but does not always keep the thing"
    elif best.kept.value >= GOOD:
        lead = "Steering keeps the thing, but does not always change the scene"
    else:
        lead = "Steering changes the scene and keeps the thing in a part of the pictures only"
    text = (
        f"At s = {numbers.best.scale:g}, chosen on other noises, the scene is read as changed in "
        f"{with_interval(best.changed)} of {numbers.n} right sources and the thing as kept in "
        f"{with_interval(best.kept)}; both hold in {with_interval(best.both)}."
    )
    return Finding(lead, text)


def _push(numbers: Numbers) -> Finding:
    steered = [way for way in numbers.curve if way.scale]
    first, last = steered[0], steered[-1]
    changed = difference(last.right.changed, first.right.changed)
    kept, edges = difference(last.right.kept, first.right.kept), difference(last.edges, first.edges)
    if direction(changed) <= 0:
        lead = "That a larger s changes the scene more often cannot be told"
    elif direction(kept) < 0 or direction(edges) < 0:
        lead = "A larger s changes more and keeps less"
    else:
        lead = "A larger s changes more, and no loss can be told"
    text = (
        f"From s = {first.scale:g} to {last.scale:g}: scene changed {points(changed)}, thing kept {points(kept)}; "
        f"F1 of the edges {significant(first.edges.value, 2)} {interval(first.edges)} to "
        f"{significant(last.edges.value, 2)} {interval(last.edges)}."
    )
    return Finding(lead, text)


def _anew(numbers: Numbers) -> Finding:
    best, redrawn = numbers.best, numbers.redrawn
    told = direction(difference(best.edges, redrawn.edges))
    lead = {
        1: "An edited picture stays closer to its source than one drawn anew",
        0: "That an edited picture stays closer to its source than one drawn anew cannot be told",
        -1: "An edited picture strays further from its source than one drawn anew",
    }[told]
    text = (
        f"Drawn from the target’s prompt and the source’s noise, the scene is as asked in "
        f"{with_interval(redrawn.right.changed)}, the thing too in {with_interval(redrawn.right.both)}; steering has "
        f"{with_interval(best.right.both)} for both. F1 of the edges is {significant(best.edges.value, 2)} "
        f"{interval(best.edges)} steered, {significant(redrawn.edges.value, 2)} {interval(redrawn.edges)} drawn anew, "
        f"and {significant(numbers.strangers.value, 2)} between sources of different things."
    )
    return Finding(lead, text)


def _sources(numbers: Numbers) -> Finding:
    right = numbers.source["right"]
    lead = (
        "Most sources show what was asked for" if right.value >= GOOD else "Many sources do not show what was asked for"
    )
    text = (
        f"The judge reads the scene right in {with_interval(numbers.source['scene'])} of {right.n} sources, the thing "
        f"in {with_interval(numbers.source['thing'])}, both in {with_interval(right)}. Of all {numbers.every_n} "
        f"pictures, {with_interval(numbers.best.every.both)} end with the target’s scene and the thing that was "
        "asked for, before and after."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    scales = ", ".join(f"{way.scale:g}" for way in numbers.curve)
    return {
        "curves": Figure(
            inputs.picture(STAGE, "curves.png"),
            "Curves against the edit scale: scene changed, thing kept, and both, with 95 % intervals",
            f"Of {numbers.n} right sources, over s. Shaded: 95 % interval by thing.",
            "plot",
        ),
        "edges": Figure(
            inputs.picture(STAGE, "edges.png"),
            "Curve of the F1 of edited and source edges against the edit scale",
            "F1 of the edges against the source’s, mean over things. Dashed: the target drawn anew from the same "
            "noise, and sources of two different things.",
            "plot",
        ),
        "things": Figure(
            inputs.picture(STAGE, "things.png"),
            "Grid of edited pictures: a row for each thing, a column for each edit scale",
            "Things drawn by chance among the right sources, over s. Below each the scene, where the judge reads the "
            "source’s or the target’s, and “lost” where it no longer reads the thing.",
        ),
        "strip": Figure(
            inputs.picture(STAGE, "strip.png"),
            "Grid of edited landscapes: a row for each noise, a column for each edit scale",
            f"The prompt that is nearest to the report’s landscape with mountains, from several noises; s = {scales}.",
        ),
    }


def _scrubber(inputs: Inputs, numbers: Numbers) -> Scrubber:
    frames = inputs.frames(STAGE)
    if len(frames) != len(numbers.curve):
        raise InputError(
            f"{inputs.root / 'plots' / STAGE / 'frames'}: found {len(frames)} frames, expected {len(numbers.curve)}, "
            f"one for each scale of metrics/{STAGE}.json; run the stage {STAGE} again"
        )
    return Scrubber(
        "edit-scale",
        "Edit scale",
        tuple(frame.picture for frame in frames),
        tuple(f"s = {way.scale:g}" for way in numbers.curve),
        "Several pictures under one edit scale",
        "The same things side by side; the slider sets s. At 0 they are the sources.",
    )


STUDY = Study(
    slug="edit-attribute",
    number="A6",
    title="An attribute changed: from night to day",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pairs of generated pictures in a row, source and edited",
        "Sources, each beside its edited picture.",
    ),
)
