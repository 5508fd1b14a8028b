"""A5: what the judge read between two prompts, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Metrics
from rediffuse.page.study import Finding
from rediffuse.page.wording import decimal, difference, direction, interval, percent, points, with_interval
from rediffuse.pipeline.metrics import Estimate

KINDS = ("scene", "thing")
PLACES = ("first", "middle", "last")
READ = ("start", "end", "surest")


@dataclass(frozen=True)
class Judged:
    """Probabilities of a kind, scene or thing, along the ways on which it changes."""

    places: dict[str, dict[str, Estimate]]  # place, then what is read
    dip: Estimate  # of the surest, half-way less the mean of the ends
    pairs: int


@dataclass(frozen=True)
class Alone:
    """Ways on which a kind alone changes."""

    evenness: Estimate
    largest_step: Estimate
    pairs: int


@dataclass(frozen=True)
class Changes:
    """By kind, where enough pairs change it."""

    judged: dict[str, Judged]
    alone: dict[str, Alone]


def read_changes(metrics: Metrics) -> Changes:
    """The part of metrics/interpolate_prompts.json that tells scenes from things."""

    def told(*keys: str) -> Estimate:
        return metrics.estimate((*keys, "mean"), keys)

    def judged(kind: str) -> Judged:
        where = ("judge", kind)
        places = {place: {key: told(*where, place, key) for key in READ} for place in PLACES}
        return Judged(places, told(*where, "dip"), metrics.count(*where, "pairs"))

    def alone(kind: str) -> Alone:
        where = ("by_change", kind)
        return Alone(told(*where, "evenness"), told(*where, "largest_step"), metrics.count(*where, "pairs"))

    # Either may be empty: a profile's prompts need not be of things and scenes that the judge knows.
    read, apart = metrics.at("judge"), metrics.at("by_change")
    return Changes(
        {kind: judged(kind) for kind in KINDS if kind in read},
        {kind: alone(kind) for kind in KINDS if kind in apart},
    )


def change_findings(changes: Changes) -> list[Finding]:
    """Which change comes evenly, and what is seen half-way; nothing where it was not measured."""
    apart = [_apart(changes.alone["scene"], changes.alone["thing"])] if len(changes.alone) == len(KINDS) else []
    return apart + [_half_way(kind, found) for kind, found in changes.judged.items()]


def _apart(scene: Alone, thing: Alone) -> Finding:
    gap = difference(scene.evenness, thing.evenness)
    lead = {
        -1: "A change of thing comes more evenly than a change of scene",
        0: "Changes of scene and changes of thing are not distinguishable in evenness",
        1: "A change of scene comes more evenly than a change of thing",
    }[direction(gap)]
    text = (
        f"Evenness is {decimal(scene.evenness.value)} {interval(scene.evenness)} over {scene.pairs} pairs whose scene "
        f"alone changes and {decimal(thing.evenness.value)} {interval(thing.evenness)} over {thing.pairs} whose thing "
        f"does; the largest step has {with_interval(scene.largest_step)} and {with_interval(thing.largest_step)} of "
        "the way."
    )
    return Finding(lead, text)


def _half_way(kind: str, found: Judged) -> Finding:
    lead = {
        -1: f"Half-way the judge names the {kind} less surely than at the ends",
        0: f"The judge’s confidence in the {kind} half-way is not distinguishable from that at the ends",
        1: f"Half-way the judge names the {kind} more surely than at the ends",
    }[direction(found.dip)]
    middle, first, last = (found.places[place] for place in ("middle", "first", "last"))
    neither = [percent(max(0.0, 1 - at["start"].value - at["end"].value)) for at in (first, middle, last)]
    text = (
        f"Its most probable {kind} has {percent(first['surest'].value)} and {percent(last['surest'].value)} at the "
        f"ends and {with_interval(middle['surest'])} half-way, {points(found.dip)} over {found.pairs} pairs. Half-way "
        f"the first prompt’s {kind} has {percent(middle['start'].value)}, the second’s "
        f"{percent(middle['end'].value)}, and others that neither asked for {neither[1]}; these have "
        f"{neither[0]} at the start and {neither[2]} at the end."
    )
    return Finding(lead, text)
