"""What follows from the numbers of A6, whichever way they fall."""

from __future__ import annotations

from rediffuse.page.study import Finding
from rediffuse.page.wording import direction, interval, listing, percent, points, significant, with_interval
from rediffuse.pipeline.metrics import Estimate
from rediffuse.studies.a6_edit_attribute.metrics import Metrics


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    if not numbers.best.n:
        lead = "No source showed its thing and its scene, so the edit is not evaluated"
        return [Finding(lead, f"The judge read {numbers.best.unconditional.n} sources."), _sources(numbers)]
    return [_edit(numbers), _push(numbers), _anew(numbers), _sources(numbers)]


def _edit(numbers: Metrics) -> Finding:
    best = numbers.best
    lead = f"Steering changes the scene and keeps the thing in {percent(best.both.value)} of the right sources"
    text = (
        f"At s = {best.scale:g}, chosen on other noises, the scene is read as changed in "
        f"{with_interval(best.changed)} of {numbers.best.n} right sources and the thing as kept in "
        f"{with_interval(best.kept)}; both hold in {with_interval(best.both)}."
    )
    if best.scale == numbers.scales[-1]:
        text += " It is the largest s that was tried, so a larger one may do better."
    return Finding(lead, text)


def _push(numbers: Metrics) -> Finding:
    steered, push = [scale for scale in numbers.scales if scale], numbers.push
    changes = {1: "changes the scene more often", -1: "changes the scene less often"}.get(direction(push.changed))
    lost = [name for name, found in (("the thing", push.kept), ("the edges", push.edges)) if direction(found) < 0]
    gained = [name for name, found in (("the thing", push.kept), ("the edges", push.edges)) if direction(found) > 0]
    parts = [changes] if changes else []
    parts += [f"keeps less of {listing(lost)}"] if lost else []
    parts += [f"keeps more of {listing(gained)}"] if gained else []
    lead = f"The largest s {listing(parts)} than the least" if parts else "No effect of s is distinguishable"
    text = (
        f"From s = {steered[0]:g} to {steered[-1]:g}, source by source: scene changed {points(push.changed)}, thing "
        f"kept {points(push.kept)}, F1 of the edges {_f1(push.edges)}."
    )
    return Finding(lead, text)


def _anew(numbers: Metrics) -> Finding:
    """Compare steering with its rival where both change the scene equally often."""
    equal, best, redrawn = numbers.against_redrawn.equal, numbers.against_redrawn.best, numbers.redrawn
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
    largest = equal.scale == numbers.scales[-1]
    chosen = "the largest that was tried" if largest else "the first that on other noises changed the scene as often"
    text = (
        f"At s = {equal.scale:g}, {chosen}, steering less "
        f"{rival} is, source by source: scene changed {points(equal.changed)}, thing kept {points(equal.kept)}, both "
        f"{points(equal.both)}, F1 of the edges {_f1(equal.edges)}. At s = {numbers.best.scale:g}: both "
        f"{points(best.both)}, F1 {_f1(best.edges)}. The rival has {with_interval(redrawn.both)} for both and an "
        f"F1 of {significant(redrawn.edges.value, 2)} {interval(redrawn.edges)}; sources of different things have "
        f"{significant(numbers.strangers.value, 2)}."
    )
    return Finding(lead, text)


def _f1(found: Estimate) -> str:
    return f"{significant(found.value, 2)} {interval(found)}"


def _sources(numbers: Metrics) -> Finding:
    right = numbers.source.right
    lead = f"{percent(right.value)} of the sources show the thing and the scene that were asked for"
    text = (
        f"The judge reads the scene right in {with_interval(numbers.source.scene)} of {right.n} sources, the thing in "
        f"{with_interval(numbers.source.thing)}, both in {with_interval(right)}. Of all {numbers.best.unconditional.n} "
        f"pictures, {with_interval(numbers.best.unconditional.both)} end with the target’s scene and the thing that "
        "was asked for, before and after."
    )
    return Finding(lead, text)
