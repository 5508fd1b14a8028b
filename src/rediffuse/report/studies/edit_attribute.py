"""A6: an attribute changed by steering the latents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.errors import InputError
from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.report.wording import direction, interval, listing, percent, points, significant, with_interval

STAGE = "edit_attribute"
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
    lead = f"Steering changes the scene and keeps the thing in {percent(best.both.value)} of the right sources"
    text = (
        f"At s = {numbers.best.scale:g}, chosen on other noises, the scene is read as changed in "
        f"{with_interval(best.changed)} of {numbers.n} right sources and the thing as kept in "
        f"{with_interval(best.kept)}; both hold in {with_interval(best.both)}."
    )
    if numbers.best.scale == numbers.curve[-1].scale:
        text += " It is the largest s that was tried, so a larger one may do better."
    return Finding(lead, text)


def _push(numbers: Numbers) -> Finding:
    steered, push = [way for way in numbers.curve if way.scale], numbers.push
    first, last = steered[0], steered[-1]
    changes = {1: "changes the scene more often", -1: "changes the scene less often"}.get(direction(push.changed))
    lost = [name for name, found in (("the thing", push.kept), ("the edges", push.edges)) if direction(found) < 0]
    gained = [name for name, found in (("the thing", push.kept), ("the edges", push.edges)) if direction(found) > 0]
    parts = [changes] if changes else []
    parts += [f"keeps less of {listing(lost)}"] if lost else []
    parts += [f"keeps more of {listing(gained)}"] if gained else []
    lead = f"The largest s {listing(parts)} than the least" if parts else "No effect of s is distinguishable"
    text = (
        f"From s = {first.scale:g} to {last.scale:g}, source by source: scene changed {points(push.changed)}, thing "
        f"kept {points(push.kept)}, F1 of the edges {_f1(push.edges)}."
    )
    return Finding(lead, text)


def _anew(numbers: Numbers) -> Finding:
    """Compare steering with its rival where both change the scene equally often."""
    equal, best, redrawn = numbers.against_equal, numbers.against_best, numbers.redrawn
    kept = [("the thing", direction(equal.kept)), ("the edges", direction(equal.edges))]
    more, less = ([name for name, told in kept if told == way] for way in (1, -1))
    found = [f"{word} of {listing(names)}" for word, names in (("more", more), ("less", less)) if names]
    rival = "the target’s prompt drawn from the same noise"
    if direction(equal.changed):
        often = "less" if direction(equal.changed) < 0 else "more"
        lead = f"Steering changes the scene {often} often than {rival}"
        lead += f", and keeps {' but '.join(found)}" if found else ""
    elif found:
        lead = f"At an equal share of changed scenes, steering keeps {' but '.join(found)} than {rival}"
    else:
        lead = f"At an equal share of changed scenes, steering is not distinguishable from {rival}"
    text = (
        f"At s = {numbers.equal_scale:g}, the first that on other noises changed the scene as often, steering less "
        f"{rival} is, source by source: scene changed {points(equal.changed)}, thing kept {points(equal.kept)}, both "
        f"{points(equal.both)}, F1 of the edges {_f1(equal.edges)}. At s = {numbers.best.scale:g}: both "
        f"{points(best.both)}, F1 {_f1(best.edges)}. The rival has {with_interval(redrawn.right.both)} for both and an "
        f"F1 of {significant(redrawn.edges.value, 2)} {interval(redrawn.edges)}; sources of different things have "
        f"{significant(numbers.strangers.value, 2)}."
    )
    if numbers.equal_scale == numbers.curve[-1].scale:
        text = text.replace("the first that on other noises changed the scene as often", "the largest that was tried")
    return Finding(lead, text)


def _f1(found: Estimate) -> str:
    return f"{significant(found.value, 2)} {interval(found)}"


def _sources(numbers: Numbers) -> Finding:
    right = numbers.source["right"]
    lead = f"{percent(right.value)} of the sources show the thing and the scene that were asked for"
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
