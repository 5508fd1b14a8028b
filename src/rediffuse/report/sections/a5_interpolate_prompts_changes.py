"""A5: what the judge read between two prompts, and what follows from it."""

from __future__ import annotations

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.study import Finding
from rediffuse.page.wording import decimal, direction, interval, percent, points, with_interval
from rediffuse.studies.a5_interpolate_prompts.metrics import Alone, Judged, Metrics

KINDS = ("scene", "thing")
PLACES = ("first", "middle", "last")
READ = ("start", "end", "surest")


def change_findings(numbers: Metrics) -> list[Finding]:
    """Which change comes evenly, and what is seen half-way; nothing where it was not measured."""
    alone, gap = numbers.by_change, numbers.scene_less_thing
    apart = [_apart(alone["scene"], alone["thing"], gap)] if gap and len(alone) == len(KINDS) else []
    return apart + [_half_way(kind, found) for kind, found in numbers.judge.items()]


def _apart(scene: Alone, thing: Alone, gap: Estimate) -> Finding:
    outcome = {
        -1: "a change of thing comes more evenly than a change of scene",
        0: "changes of scene and of thing are not distinguishable in evenness",
        1: "a change of scene comes more evenly than a change of thing",
    }[direction(gap)]
    lead = f"In these {scene.pairs + thing.pairs} pairs, {outcome}"
    text = (
        f"Evenness is {decimal(scene.evenness.value)} {interval(scene.evenness)} over {scene.pairs} pairs whose scene "
        f"alone changes and {decimal(thing.evenness.value)} {interval(thing.evenness)} over {thing.pairs} whose thing "
        f"does. The difference is {decimal(gap.value, 3)} {interval(gap, 1, 3)}, with Welch’s interval, since the two "
        f"groups are different pairs. The largest step has {with_interval(scene.largest_step)} and "
        f"{with_interval(thing.largest_step)} of the way. How alike the two things or the two scenes "
        "of a pair are was not controlled."
    )
    return Finding(lead, text)


def _half_way(kind: str, found: Judged) -> Finding:
    lead = {
        -1: f"Half-way the judge is less confident of its most probable {kind} than at the ends",
        0: f"Over {found.pairs} pairs, the judge’s confidence in its most probable {kind} half-way is not "
        "distinguishable from that at the ends",
        1: f"Half-way the judge is more confident of its most probable {kind} than at the ends",
    }[direction(found.dip)]
    middle, first, last = found.middle, found.first, found.last
    neither = [percent(max(0.0, 1 - at.start.value - at.end.value)) for at in (first, middle, last)]
    text = (
        f"Its most probable {kind} has {percent(first.surest.value)} and {percent(last.surest.value)} at the "
        f"ends and {with_interval(middle.surest)} half-way, {points(found.dip)} over {found.pairs} pairs. Half-way "
        f"the first prompt’s {kind} has {with_interval(middle.start)}, the second’s "
        f"{with_interval(middle.end)}, and others that neither asked for {neither[1]}; these have {neither[0]} at the "
        f"start and {neither[2]} at the end. For these others no interval was computed."
    )
    return Finding(lead, text)
