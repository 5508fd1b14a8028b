"""What follows from the numbers of A6, whichever way they fall."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.shares import paired_difference, paired_points
from rediffuse.page.study import Finding
from rediffuse.page.wording import direction, interval, listing, percent, significant, with_interval
from rediffuse.studies.a6_edit_attribute.metrics import AgainstRedrawn, Difference, Metrics, Way

RIVAL = "the target’s prompt generated from the same noise"


@dataclass(frozen=True)
class Compared:
    """One way to edit less another, source by source; ``edges`` is of their F1, the others are of shares."""

    changed: Estimate
    kept: Estimate
    both: Estimate
    edges: Estimate

    @classmethod
    def of(cls, change: Difference, after: Way, before: Way) -> Compared:
        """Give the differences of shares the intervals that the page reads them by."""
        shares = {key: paired_difference(change[key], after[key], before[key]) for key in ("changed", "kept", "both")}
        return cls(**shares, edges=change.edges)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    if not numbers.best.n:
        lead = "No source showed its thing and its scene, so the edit is not evaluated"
        return [Finding(lead, f"The judge read {numbers.best.unconditional.n} sources."), _sources(numbers)]
    return [_edit(numbers), _push(numbers), _anew(numbers), _sources(numbers)]


def _edit(numbers: Metrics) -> Finding:
    best = numbers.best
    gain = Compared.of(numbers.against_redrawn.best, best, numbers.redrawn).both
    outcome = {1: "less often", 0: "not distinguishable", -1: "more often"}[direction(gain)]
    lead = (
        f"At s = {best.scale:g}, of the sources classified as asked, steering changes the scene and keeps the thing in "
        f"{percent(best.both.value)}; {RIVAL} does so in {percent(numbers.redrawn.both.value)}, which is {outcome}"
    )
    text = (
        f"The judge classifies both the scene and the thing of {best.n} sources as asked. At s = {best.scale:g}, "
        f"chosen on other noises, the scene is changed in {with_interval(best.changed)} of them and the thing kept in "
        f"{with_interval(best.kept)}; both hold in {with_interval(best.both)}. Steering less {RIVAL} is "
        f"{paired_points(gain)} for both, source by source."
    )
    if best.scale == numbers.scales[-1]:
        text += " It is the largest s that was tried, so a larger one may do better."
    return Finding(lead, text)


def _push(numbers: Metrics) -> Finding:
    steered = [scale for scale in numbers.scales if scale]
    least, largest = steered[0], steered[-1]
    push = Compared.of(numbers.push, _at(numbers, largest), _at(numbers, least))
    more = {1: "more", -1: "less"}
    parts = [
        phrase.format(more[direction(found)])
        for phrase, found in (
            ("changes the scene {} often", push.changed),
            ("keeps the thing {} often", push.kept),
            ("keeps {} of the edges", push.edges),
        )
        if direction(found)
    ]
    lead = f"No effect of s from {least:g} to {largest:g} is distinguishable"
    if parts:
        lead = f"At s = {largest:g} steering {listing(parts)} than at s = {least:g}"
    shown = sorted({least, numbers.best.scale, largest})
    between = listing([f"{significant(_edges(numbers, scale), 2)} at s = {scale:g}" for scale in shown])
    text = (
        f"From s = {least:g} to {largest:g}, source by source: scene changed {paired_points(push.changed)}, thing "
        f"kept {paired_points(push.kept)}, F1 of the edges {_f1(push.edges)}. The mean F1 is {between}; no other pair "
        "of s was tested."
    )
    return Finding(lead, text)


def _at(numbers: Metrics, scale: float) -> Way:
    """Steering at one scale."""
    return next(way for key, way in numbers.curve.items() if float(key) == scale)


def _edges(numbers: Metrics, scale: float) -> float:
    """The mean F1 of the edges under one scale."""
    return _at(numbers, scale).edges.value


def _anew(numbers: Metrics) -> Finding:
    """Compare steering with its rival where both change the scene equally often."""
    scale, best_scale = numbers.against_redrawn.equal.scale, numbers.against_redrawn.best.scale
    redrawn = numbers.redrawn
    equal = Compared.of(numbers.against_redrawn.equal, _at(numbers, scale), redrawn)
    kept = _kept(numbers, equal)
    if direction(equal.changed):
        often = "less" if direction(equal.changed) < 0 else "more"
        lead = f"At s = {scale:g} steering changes the scene {often} often than {RIVAL}"
        lead += f", and keeps {kept}" if kept else ""
    elif kept:
        lead = f"At s = {scale:g} steering keeps {kept} than {RIVAL}"
    else:
        lead = f"At s = {scale:g} steering is not distinguishable from {RIVAL}"
    lead += _at_best(numbers.against_redrawn)
    largest = scale == numbers.scales[-1]
    chosen = "the largest that was tried" if largest else "the first that on other noises changed the scene as often"
    text = (
        f"At s = {scale:g}, {chosen}, steering less {RIVAL} is, source by source: scene changed "
        f"{paired_points(equal.changed)}, thing kept {paired_points(equal.kept)}, F1 of the edges {_f1(equal.edges)}. "
        f"{_ceiling(numbers)}"
    )
    if best_scale != scale:
        best = Compared.of(numbers.against_redrawn.best, numbers.best, redrawn)
        kept_there = f"thing kept {paired_points(best.kept)}, F1 {_f1(best.edges)}"
        text += f"At s = {best_scale:g}, the chosen scale, it is: {kept_there}. "
    text += (
        f"{_elsewhere(numbers)}The target’s prompt has the guidance scale w of the source; no "
        f"other was tried. It has an F1 of {significant(redrawn.edges.value, 2)} {interval(redrawn.edges)}; sources of "
        f"different things have {significant(numbers.random_pair.value, 2)}."
    )
    return Finding(lead, text)


def _kept(numbers: Metrics, equal: Compared) -> str:
    """What steering keeps more or less of than its rival where both change the scene equally often."""
    scale, more = numbers.against_redrawn.equal.scale, {1: "more", -1: "less"}
    thing, edges = direction(equal.kept), direction(equal.edges)
    words = [f"the thing {more[thing]} often"] if thing else []
    if edges:
        steered, rival = _edges(numbers, scale), numbers.redrawn.edges.value
        words.append(f"{more[edges]} of the edges (F1 {significant(steered)} against {significant(rival)})")
    return (" and " if thing == edges else " but ").join(words)


def _elsewhere(numbers: Metrics) -> str:
    """The scales that were not tested against the rival, by their mean F1."""
    tested = {numbers.against_redrawn.equal.scale, numbers.against_redrawn.best.scale}
    rest = [scale for scale in numbers.scales if scale and scale not in tested]
    lower = [scale for scale in rest if _edges(numbers, scale) < numbers.redrawn.edges.value]
    if not lower:
        return "At no other s is steering’s mean F1 lower; this was not tested. " if rest else ""
    return f"At s = {listing([f'{scale:g}' for scale in lower])} steering’s mean F1 is lower; this was not tested. "


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
    if _at(numbers, scale).changed.value < 1 or numbers.redrawn.changed.value < 1:
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
        f"{numbers.best.unconditional.n} sources, {with_interval(numbers.best.unconditional.both)} are "
        "classified as the thing before and after the edit and as the target’s scene after it."
    )
    return Finding(lead, text)
