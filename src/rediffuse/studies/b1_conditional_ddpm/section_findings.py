"""What follows from the numbers of the conditional DDPM, whichever way they fall."""

from __future__ import annotations

from rediffuse.page.references import References
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
from rediffuse.pipeline.metrics import Estimate
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics
from rediffuse.studies.b1_conditional_ddpm.section_sets import DigitSet, sets_of, sweep_of


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
        lead = f"The samples pass the course’s strong line of {percent(strong, 0)}"
    elif mean.high < strong:
        lead = f"The samples stay below the course’s strong line of {percent(strong, 0)}"
    else:
        lead = (
            f"The interval spans the course’s strong line of {percent(strong, 0)}: neither passed nor missed for sure"
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
    told = _sides(gaps, "less often", "more often")
    lead = (
        f"Samples are classified correctly {told} than real images of the training domain"
        if told
        else "The judge’s accuracy on samples is not distinguishable from that on real images of the training domain"
    )
    texts = [
        f"{one.name}: {percent(one.accuracy.value)} against {percent(one.ceiling.value)}, {points(gap)}; on test "
        f"images, of other fonts or photographs, the judge has {percent(one.ceiling_test.value)}."
        for one, gap in gaps
    ]
    return Finding(lead, " ".join(texts))


def _sides(gaps: list[tuple[DigitSet, Estimate]], lower: str, higher: str) -> str:
    """``less on A and more on B``: the sets whose difference is distinguishable, by its sign; empty where none is."""
    names = {way: [one.name for one, gap in gaps if direction(gap) == way] for way in (-1, 1)}
    return " and ".join(f"{word} on {listing(names[way])}" for way, word in ((-1, lower), (1, higher)) if names[way])


def _guidance(numbers: Metrics) -> Finding:
    lead = {
        1: "Guidance raised the accuracy",
        -1: "Guidance lowered the accuracy",
        0: "The effect of guidance on the accuracy is within the noise of this measurement",
    }[direction(numbers.guidance_gain)]
    text = (
        f"From {with_interval(numbers.unguided)} at scale 1 to {with_interval(numbers.accuracy)} "
        f"at scale {numbers.guidance_scale:g}: {points(numbers.guidance_gain)}, from the same noises."
    )
    return Finding(lead, text)


def _price(numbers: Metrics) -> Finding:
    points = sweep_of(numbers)
    first = points[0]
    moved = negated(first.change.diversity)
    lead = {
        -1: "Guidance makes samples of one digit more alike",
        0: "No effect of guidance on variety is distinguishable",
        1: "Guidance makes samples of one digit differ more",
    }[direction(moved)]
    better = [point for point in points if direction(point.change.accuracy) > 0]
    closest = min(points, key=lambda point: point.kid.value)
    text = (
        f"From scale {first.scale:g} to {numbers.guidance_scale:g} the mean distance of two samples of one digit moves "
        f"by {significant(moved.value)} {interval(moved)}. "
    )
    if better:
        text += f"Classified correctly more often: scale {listing([f'{point.scale:g}' for point in better])}. "
    else:
        text += f"No scale of the sweep is classified correctly more often than {numbers.guidance_scale:g}. "
    gap = closest.change.kid
    if direction(gap) < 0:
        text += (
            f"Closer to real images by the kernel distance is scale {closest.scale:g}, by "
            f"{significant(-gap.value)} {interval(negated(gap))}."
        )
    else:
        text += (
            f"No scale is closer to real images than {numbers.guidance_scale:g} by the kernel distance beyond doubt."
        )
    return Finding(
        lead,
        text + " All scales start from the same noises, other than the reported ones, and the selector reads them.",
    )


def _variety(numbers: Metrics) -> Finding:
    gaps = [(one, difference(one.diversity, one.diversity_real)) for one in sets_of(numbers)]
    told = _sides(gaps, "less", "more")
    lead = (
        f"Samples vary {told} than real images of the training domain"
        if told
        else "The variety of samples is not distinguishable from that of real images"
    )
    texts = [
        f"{one.name}: mean distance {significant(one.diversity.value)} {interval(one.diversity)} against "
        f"{significant(one.diversity_real.value)} {interval(one.diversity_real)}; kernel distance from real images "
        f"{significant(one.kid.value)} {interval(one.kid)}, where as many real images have "
        f"{significant(one.kid_real.value)} {interval(one.kid_real)}."
        for one, _ in gaps
    ]
    return Finding(lead, " ".join(texts))


def _copies(numbers: Metrics) -> Finding:
    gaps = [(one, difference(one.copies.generated, one.copies.real)) for one in sets_of(numbers)]
    told = _sides(gaps, "less frequent", "more frequent")
    lead = (
        f"Near-copies of training images are {told} among samples than among real images"
        if told
        else "The share of near-copies of training images among samples is not distinguishable from that of real images"
    )
    texts = [
        f"{one.name}: {with_interval(one.copies.generated)} of {one.copies.generated.n} samples lie nearer to a "
        f"training image than {significant(one.nearest.limit)} grey levels, as 1 % of {one.copies.real.n} real images "
        f"of the training domain do; median distances {significant(one.nearest.generated)} and "
        f"{significant(one.nearest.real)}, of test images {significant(one.nearest.test)}."
        for one, _ in gaps
    ]
    return Finding(lead, " ".join(texts))


def _digits(numbers: Metrics) -> Finding:
    sets = sets_of(numbers)
    first, last = sets[0], sets[-1]
    gap = difference(first.accuracy, last.accuracy)
    text = " ".join(_weakest(one) for one in sets)
    if len(sets) == 1:
        return Finding(f"{percent(first.accuracy.value)} of the samples of {first.name} are classified correctly", text)
    lead = {
        1: f"{last.name} is the harder set",
        -1: f"{first.name} is the harder set",
        0: "Neither set is harder beyond doubt",
    }[direction(gap)]
    return Finding(lead, f"{first.name} less {last.name}: {points(gap)}. {text}")


def _weakest(one: DigitSet) -> str:
    low = min(one.by_digit)
    if low == 1:
        return f"{one.name}: all ten digits at {percent(1, 0)}."
    worst = [str(digit) for digit, value in enumerate(one.by_digit) if value == low]
    return f"{one.name}: lowest at {percent(low, 0)} for {listing(worst)}."
