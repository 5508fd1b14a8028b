"""What follows from the numbers of A6, whichever way they fall."""

from __future__ import annotations

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.study import Finding
from rediffuse.page.wording import direction, interval, listing, percent, points, significant, with_interval
from rediffuse.studies.a6_edit_attribute.metrics import AgainstRedrawn, Metrics

RIVAL = "the target’s prompt generated from the same noise"


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    if not numbers.best.n:
        lead = "No source showed its thing and its scene, so the edit is not evaluated"
        return [Finding(lead, f"The judge read {numbers.best.unconditional.n} sources."), _sources(numbers)]
    return [_edit(numbers), _push(numbers), _anew(numbers), _sources(numbers)]


def _edit(numbers: Metrics) -> Finding:
    best, gain = numbers.best, numbers.against_redrawn.best.both
    outcome = {1: "less often", 0: "not distinguishable", -1: "more often"}[direction(gain)]
    lead = (
        f"Steering changes the scene and keeps the thing in {percent(best.both.value)} of the right sources; {RIVAL} "
        f"does so in {percent(numbers.redrawn.both.value)}, which is {outcome}"
    )
    text = (
        f"At s = {best.scale:g}, chosen on other noises, the scene is read as changed in "
        f"{with_interval(best.changed)} of {numbers.best.n} right sources and the thing as kept in "
        f"{with_interval(best.kept)}; both hold in {with_interval(best.both)}. Steering less "
        f"{RIVAL} is {points(gain)} for both, source by source."
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
    if direction(equal.changed):
        often = "less" if direction(equal.changed) < 0 else "more"
        lead = f"At s = {equal.scale:g} steering changes the scene {often} often than {RIVAL}"
        lead += f", and keeps {' but '.join(found)}" if found else ""
    elif found:
        lead = f"At s = {equal.scale:g} steering keeps {' but '.join(found)} than {RIVAL}"
    else:
        lead = f"At s = {equal.scale:g} steering is not distinguishable from {RIVAL}"
    lead += _at_best(numbers.against_redrawn)
    largest = equal.scale == numbers.scales[-1]
    chosen = "the largest that was tried" if largest else "the first that on other noises changed the scene as often"
    text = (
        f"At s = {equal.scale:g}, {chosen}, steering less "
        f"{RIVAL} is, source by source: scene changed {points(equal.changed)}, thing kept {points(equal.kept)}, both "
        f"{points(equal.both)}, F1 of the edges {_f1(equal.edges)}. At s = {numbers.best.scale:g}, chosen for both: "
        f"thing kept {points(best.kept)}, F1 {_f1(best.edges)}. {_ceiling(numbers)}The target’s prompt has the "
        f"guidance scale w of the source; no other was tried. It has {with_interval(redrawn.both)} for both and an "
        f"F1 of {significant(redrawn.edges.value, 2)} {interval(redrawn.edges)}; sources of different things have "
        f"{significant(numbers.random_pair.value, 2)}."
    )
    return Finding(lead, text)


def _at_best(against: AgainstRedrawn) -> str:
    """Name what holds for the edges at the chosen scale, where this is another one."""
    if against.best.scale == against.equal.scale:
        return ""
    outcome = {
        1: "it keeps more of the edges",
        0: "its edges are not distinguishable",
        -1: "it keeps less of the edges",
    }
    return f"; at s = {against.best.scale:g} {outcome[direction(against.best.edges)]}"


def _ceiling(numbers: Metrics) -> str:
    """Say where two equal shares of changed scenes are equal because no share can be larger."""
    scale = numbers.against_redrawn.equal.scale
    steered = next(way.changed for key, way in numbers.curve.items() if float(key) == scale)
    if steered.value < 1 or numbers.redrawn.changed.value < 1:
        return ""
    return "Both change every scene, so this share cannot tell them apart. "


def _f1(found: Estimate) -> str:
    return f"{significant(found.value, 2)} {interval(found, 1, 3)}"


def _sources(numbers: Metrics) -> Finding:
    right = numbers.source.right
    lead = f"{percent(right.value)} of the sources are classified as the thing and the scene asked for"
    text = (
        f"The judge classifies the scene correctly in {with_interval(numbers.source.scene)} of {right.n} sources, "
        f"the thing in {with_interval(numbers.source.thing)}, both in {with_interval(right)}. Of all "
        f"{numbers.best.unconditional.n} pictures, {with_interval(numbers.best.unconditional.both)} are "
        "classified as the thing before and after the edit and as the target’s scene after it."
    )
    return Finding(lead, text)
