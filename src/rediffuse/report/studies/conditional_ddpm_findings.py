"""What follows from the numbers of the conditional DDPM, whichever way they fall."""

from __future__ import annotations

from rediffuse.report.references import References
from rediffuse.report.studies.conditional_ddpm_numbers import DigitSet, Numbers
from rediffuse.report.study import Finding
from rediffuse.report.wording import (
    change,
    decimal,
    difference,
    direction,
    interval,
    listing,
    percent,
    points,
    significant,
    with_interval,
)

# Below this share of a test image's distance, samples are called nearer to the training set.
NEAR = 0.9


def findings(numbers: Numbers, references: References) -> list[Finding]:
    """All findings, the one that the study is about first."""
    found = [_beside_reference(numbers, references), _beside_real(numbers), _guidance(numbers)]
    if len(numbers.sweep) > 1:
        found.append(_price(numbers))
    return [*found, _variety(numbers), _copies(numbers), _digits(numbers)]


def _beside_reference(numbers: Numbers, references: References) -> Finding:
    mean, given = numbers.mean, references.digit_accuracy
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


def _beside_real(numbers: Numbers) -> Finding:
    gaps = [(one, difference(one.accuracy, one.ceiling)) for one in numbers.sets]
    below = [one.name for one, gap in gaps if direction(gap) < 0]
    above = [one.name for one, gap in gaps if direction(gap) > 0]
    if below:
        lead = f"On {listing(below)}, samples are read less often than real images are"
    elif above:
        lead = f"On {listing(above)}, samples are read more often than real images are: they are cleaner than life"
    else:
        lead = "The judge reads samples as well as it reads real test images"
    parts = [
        f"{one.name}: {percent(one.accuracy.value)} against {percent(one.ceiling.value)}, {points(gap)}."
        for one, gap in gaps
    ]
    return Finding(lead, " ".join(parts))


def _guidance(numbers: Numbers) -> Finding:
    gap = difference(numbers.mean, numbers.unguided)
    lead = {
        1: "Guidance raised the accuracy",
        -1: "Guidance lowered the accuracy",
        0: "The effect of guidance on the accuracy is within the noise of this measurement",
    }[direction(gap)]
    text = (
        f"From {with_interval(numbers.unguided)} at scale 1 to {with_interval(numbers.mean)} "
        f"at scale {numbers.scale:g}: {points(gap)}."
    )
    return Finding(lead, text)


def _price(numbers: Numbers) -> Finding:
    first, last = numbers.sweep[0], numbers.sweep[-1]
    moved = last.diversity - first.diversity
    lead = "More guidance means less variety" if moved < 0 else "Variety did not fall as guidance grew"
    most = max(point.accuracy.value for point in numbers.sweep)
    # The smallest of the scales that share the best accuracy: more guidance than that bought nothing.
    accurate = next(point for point in numbers.sweep if point.accuracy.value == most)
    closest = min(numbers.sweep, key=lambda point: point.frechet)
    text = (
        f"From scale {first.scale:g} to {last.scale:g}, the mean distance of two samples of one digit goes from "
        f"{significant(first.diversity)} to {significant(last.diversity)} ({change(first.diversity, last.diversity)}; "
        f"measured once, without an interval). Accuracy is highest at scale {accurate.scale:g} "
        f"({with_interval(accurate.accuracy)}), the Fréchet distance lowest at scale {closest.scale:g} "
        f"({significant(closest.frechet)})"
    )
    same = accurate.scale == closest.scale
    return Finding(lead, text + ("." if same else ": the scale that reads best is not the one closest to the data."))


def _variety(numbers: Numbers) -> Finding:
    ratios = [(one, one.diversity / one.diversity_real if one.diversity_real else 1.0) for one in numbers.sets]
    poorer = [one.name for one, ratio in ratios if ratio < 0.95]
    richer = [one.name for one, ratio in ratios if ratio > 1.05]
    lead = (
        f"Samples of {listing(poorer)} vary less than real images"
        if poorer
        else f"Samples of {listing(richer)} vary more than real images"
        if richer
        else "Samples vary about as much as real images"
    )
    parts = [
        f"{one.name}: {significant(one.diversity)} against {significant(one.diversity_real)} "
        f"({percent(ratio, 0)} of real); Fréchet distance {significant(one.frechet)}, "
        f"where as many real test images are {significant(one.frechet_real)} from the rest."
        for one, ratio in ratios
    ]
    return Finding(lead, " ".join(parts))


def _copies(numbers: Numbers) -> Finding:
    near = [one.name for one in numbers.sets if one.nearest < NEAR * one.nearest_real]
    lead = (
        f"Samples of {listing(near)} lie nearer to the training images than unseen real images do"
        if near
        else "No sign of copied training images"
    )
    parts = [
        f"{one.name}: median distance to the nearest training image {significant(one.nearest)} for samples, "
        f"{significant(one.nearest_real)} for real test images."
        for one in numbers.sets
    ]
    text = " ".join(parts)
    if near:
        text += " That may be copying, or only samples that are more typical than life; the pairs above help to tell."
    return Finding(lead, text)


def _digits(numbers: Numbers) -> Finding:
    parts = [_weakest(one) for one in numbers.sets]
    worst = min(min(one.by_digit) for one in numbers.sets)
    lead = "Every digit of every set is read without a miss" if worst == 1 else "Not all digits are equally easy"
    gap = difference(numbers.sets[0].accuracy, numbers.sets[-1].accuracy)
    if len(numbers.sets) > 1 and direction(gap):
        harder = numbers.sets[-1] if direction(gap) > 0 else numbers.sets[0]
        parts.append(f"{harder.name} is the harder set, by {decimal(abs(100 * gap.value), 1)} points.")
    elif len(numbers.sets) > 1:
        parts.append(f"The sets do not differ measurably ({interval(gap, 100, 1)} points).")
    return Finding(lead, " ".join(parts))


def _weakest(one: DigitSet) -> str:
    low = min(one.by_digit)
    if low == 1:
        return f"{one.name}: all ten digits at {percent(1, 0)}."
    worst = [str(digit) for digit, value in enumerate(one.by_digit) if value == low]
    return f"{one.name}: lowest at {percent(low, 0)} for {listing(worst)}."
