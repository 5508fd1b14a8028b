"""What follows from the numbers of the conditional DDPM, whichever way they fall."""

from __future__ import annotations

from collections.abc import Sequence

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.study import Finding
from rediffuse.page.wording import (
    difference,
    direction,
    interval,
    listing,
    negated,
    percent,
    points,
    significant,
    with_interval,
)
from rediffuse.report.sections.b1_conditional_ddpm_sets import (
    ComparedPoint,
    DigitSet,
    SweepPoint,
    base_of,
    compared_of,
    sets_of,
    sweep_of,
)
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics


def findings(numbers: Metrics, references: References) -> list[Finding]:
    """All findings, the one that the study is about first."""
    found = [_beside_reference(numbers, references), _beside_real(numbers), _guidance(numbers)]
    if len(numbers.sweep) > 1:
        found.append(_price(numbers))
    return [*found, _variety(numbers), _copies(numbers), _digits(numbers)]


def _beside_reference(numbers: Metrics, references: References) -> Finding:
    mean, given = numbers.accuracy, references.digit_accuracy
    strong, best = given["strong"].value, given["best"].value
    assert mean.low is not None and mean.high is not None  # read with its interval
    if mean.low > strong:
        lead = f"By our judge, the samples pass the course’s strong line of {percent(strong, 0)}"
    elif mean.high < strong:
        lead = f"By our judge, the samples stay below the course’s strong line of {percent(strong, 0)}"
    else:
        lead = (
            f"By our judge, the samples are not distinguishable from the course’s strong line of {percent(strong, 0)}"
        )
    text = f"The judge reads {with_interval(mean)} of {mean.n or 0:,} samples as the digit that was asked for."
    if mean.low > best:
        text += f" That is above the best published figure, {percent(best)}."
    elif mean.high < best:
        text += f" The best published figure, {percent(best)}, is out of reach of this interval."
    else:
        text += f" The best published figure, {percent(best)}, lies within this interval."
    return Finding(
        lead, text + " The reference was read by another classifier, on MNIST-M and SVHN: compare with care."
    )


def _beside_real(numbers: Metrics) -> Finding:
    gaps = [(one, difference(one.accuracy, one.ceiling)) for one in sets_of(numbers)]
    sides = _sides(gaps, "less often", "more often")
    among_test = _sides(
        [(one, difference(one.accuracy, one.ceiling_test)) for one, _ in gaps], "less often", "more often"
    )
    real = "real images" if sides == among_test else "real images of the training domain"
    lead = f"{_at(numbers)}, " + (
        f"samples are classified correctly {sides} than {real}"
        if sides
        else f"the judge’s accuracy on samples is not distinguishable from that on {real}"
    )
    texts = [
        f"{one.name}: {percent(one.accuracy.value)} against {percent(one.ceiling.value)} of real images of the "
        f"training domain, {points(gap)}, and {percent(one.ceiling_test.value)} of test images, "
        f"{points(difference(one.accuracy, one.ceiling_test))}; without guidance {percent(one.unguided.value)}, "
        f"{points(difference(one.unguided, one.ceiling))} against the training domain."
        for one, gap in gaps
    ]
    texts.append("The test images have fonts or photographs that the training domain does not have.")
    return Finding(lead, " ".join(texts))


def _at(numbers: Metrics) -> str:
    return f"At guidance scale {numbers.guidance_scale:g}"


def _sides(gaps: list[tuple[DigitSet, Estimate]], lower: str, higher: str) -> str:
    """``less on A and more on B``: the sets whose difference is distinguishable, by its sign; empty where none is."""
    names = {way: [one.name for one, gap in gaps if direction(gap) == way] for way in (-1, 1)}
    return " and ".join(f"{word} on {listing(names[way])}" for way, word in ((-1, lower), (1, higher)) if names[way])


def _guidance(numbers: Metrics) -> Finding:
    lead = {
        1: "With guidance, the accuracy is higher than without",
        -1: "With guidance, the accuracy is lower than without",
        0: "The accuracy with guidance is not distinguishable from that without",
    }[direction(numbers.guidance_gain)]
    text = (
        f"From {with_interval(numbers.unguided)} at scale 1 to {with_interval(numbers.accuracy)} "
        f"at scale {numbers.guidance_scale:g}: {points(numbers.guidance_gain)}, from the same noises."
    )
    return Finding(lead, text)


def _price(numbers: Metrics) -> Finding:
    base, others = base_of(sweep_of(numbers), numbers.guidance_scale), compared_of(numbers)
    far = others[0]
    moved = negated(far.change.diversity)
    span = f"From guidance scale {far.scale:g} to {base.scale:g}"
    lead = {
        -1: f"{span}, samples of one digit become more alike",
        0: f"{span}, no change of variety is distinguishable",
        1: f"{span}, samples of one digit become less alike",
    }[direction(moved)]
    text = (
        f"In the selector’s features, the mean distance of two samples of one digit goes from "
        f"{significant(far.diversity.value)} to {significant(base.diversity.value)}, by {significant(moved.value)} "
        f"{interval(moved)}. At scale {far.scale:g}, {percent(1 - far.accuracy.value)} are read as another digit, "
        f"which may add to the distance. {_at_equal_accuracy(others, base)}{_accuracies(others, base)}"
        f"{_closer(others, base)} All scales start from the same noises, other than the reported ones. "
        f"{_chosen(others, base)}"
    )
    return Finding(lead, text)


def _chosen(others: list[ComparedPoint], base: SweepPoint) -> str:
    """How the reported scale was chosen, and its place among the scales."""
    best = max(point.accuracy.value for point in [base, *others])
    first, *more = sorted(point.scale for point in [base, *others] if point.accuracy.value == best)
    text = "The reported scale was chosen on these noises. "
    text += f"Its accuracy by the selector, {percent(base.accuracy.value)}, "
    if base.accuracy.value < best:
        return text + f"is below that at scale {first:g}, {percent(best)}."
    reached = [f"scale {scale:g}" for scale in (first, *more) if scale != base.scale]
    if reached:
        return text + f"is the highest; {listing(reached)} {'reaches' if len(reached) == 1 else 'reach'} it, too."
    return text + "is the highest, and no other scale reaches it."


def _at_equal_accuracy(others: list[ComparedPoint], base: SweepPoint) -> str:
    """How the variety differs where the accuracy does not."""
    clauses = [
        f"{significant(point.change.diversity.value)} {interval(point.change.diversity)} at scale {point.scale:g} less "
        f"{base.scale:g}"
        for point in others
        if direction(point.change.accuracy) == 0
    ]
    return (
        f"Between scales whose accuracy is not distinguishable, it differs by {listing(clauses)}. " if clauses else ""
    )


def _accuracies(others: list[ComparedPoint], base: SweepPoint) -> str:
    words = {1: "is higher", 0: "is not distinguishable", -1: "is lower"}
    clauses = [
        f"{word} at {_scales(group)}"
        for way, word in words.items()
        if (group := [point for point in others if direction(point.change.accuracy) == way])
    ]
    return f"Against scale {base.scale:g}, the accuracy {listing(clauses)}. "


def _closer(others: list[ComparedPoint], base: SweepPoint) -> str:
    closer = [point for point in others if direction(point.change.kid) < 0]
    if not closer:
        return f"No scale is distinguishably closer to real images than {base.scale:g} by the kernel distance."
    clauses = [f"{significant(-p.change.kid.value)} {interval(negated(p.change.kid))}" for p in closer]
    return (
        f"By the kernel distance in the same features, "
        f"{_scales(closer)} {'is' if len(closer) == 1 else 'are'} closer to real images than {base.scale:g}, by "
        f"{listing(clauses)}.{_undecided(others, base)}"
    )


def _undecided(others: list[ComparedPoint], base: SweepPoint) -> str:
    """The scales whose kernel distance is not distinguishable from that of the reported one."""
    same = [point for point in others if direction(point.change.kid) == 0]
    return f" That at {_scales(same)} is not distinguishable from that at {base.scale:g}." if same else ""


def _scales(points: Sequence[SweepPoint]) -> str:
    return f"scale{'s' * (len(points) > 1)} {listing([f'{point.scale:g}' for point in points])}"


def _variety(numbers: Metrics) -> Finding:
    gaps = [(one, difference(one.diversity, one.diversity_real)) for one in sets_of(numbers)]
    sides = _sides(gaps, "less", "more")
    lead = f"{_at(numbers)}, " + (
        f"samples vary {sides} than real images of the training domain"
        if sides
        else "the variety of samples is not distinguishable from that of real images"
    )
    texts = [
        f"{one.name}: mean distance {significant(one.diversity.value)} {interval(one.diversity)} against "
        f"{significant(one.diversity_real.value)} {interval(one.diversity_real)}; kernel distance from real images "
        f"{significant(one.kid.value)} {interval(one.kid)}, where as many real images have "
        f"{significant(one.kid_real.value)} {interval(one.kid_real)}."
        for one, _ in gaps
    ]
    first = "Distances are in the judge’s features; the mean distance is that of two images of one digit."
    note = "Intervals of kernel distances leave out that the real images are a sample too, so that one may exclude 0 "
    note += "where both sets are real."
    return Finding(lead, f"{first} {' '.join(texts)} {note}")


def _copies(numbers: Metrics) -> Finding:
    gaps = [(one, difference(one.copies.generated, one.copies.test)) for one in sets_of(numbers)]
    sides = _sides(gaps, "less frequent", "more frequent")
    lead = f"{_at(numbers)}, " + (
        f"near-copies of training images are {sides} among samples than among test images"
        if sides
        else "no excess of near-copies of training images was found among samples"
    )
    texts = [
        f"{one.name}: {with_interval(one.copies.generated)} of {one.copies.generated.n} samples and "
        f"{with_interval(one.copies.test)} of {one.copies.test.n} test images lie nearer to a training image than "
        f"the limit of {significant(one.nearest.limit)} grey levels, {points(gap)}. Median distances are "
        f"{significant(one.nearest.generated)} of samples, {significant(one.nearest.test)} of test images and "
        f"{significant(one.nearest.real)} of real images of the training domain."
        for one, gap in gaps
    ]
    texts.insert(
        0,
        "Of real images of the training domain that were not trained on, 1 % lie nearer to a training "
        "image than the limit.",
    )
    texts.append("The distance is one of pixels: a copy in other colours or of other contrast would not count.")
    return Finding(lead, " ".join(texts))


def _digits(numbers: Metrics) -> Finding:
    sets = sets_of(numbers)
    first, last = sets[0], sets[-1]
    worst = " ".join(_weakest(one) for one in sets)
    if len(sets) == 1:
        share = percent(first.accuracy.value)
        return Finding(f"{share} of the samples of {first.name} are classified correctly", worst)
    guided, bare = difference(first.accuracy, last.accuracy), difference(first.unguided, last.unguided)

    def order(gap: Estimate) -> str:
        return {
            1: f"is lower on {last.name} than on {first.name}",
            -1: f"is lower on {first.name} than on {last.name}",
            0: f"on {first.name} is not distinguishable from that on {last.name}",
        }[direction(gap)]

    lead = f"With guidance, the accuracy {order(guided)}; without, it {order(bare)}"
    if direction(guided) == direction(bare):
        lead = f"With guidance and without, the accuracy {order(guided)}"
    text = f"{first.name} less {last.name}: {points(guided)} with guidance, {points(bare)} without. "
    own = difference(first.ceiling, last.ceiling)
    text += f"On real images of the training domain, the judge’s own difference is {points(own)}"
    alike = [name for name, gap in (("with", guided), ("without", bare)) if direction(gap) == direction(own) != 0]
    text += f", which may be part of that {listing(alike)} guidance. " if alike else ". "
    return Finding(lead, text + worst)


def _weakest(one: DigitSet) -> str:
    low = min(one.by_digit)
    if low == 1:
        return f"{one.name}: all ten digits at {percent(1, 0)}."
    worst = [str(digit) for digit, value in enumerate(one.by_digit) if value == low]
    return f"{one.name}: lowest at {percent(low, 0)} for {listing(worst)}."
