"""What follows from the numbers of DDIM, whichever way they fall."""

from __future__ import annotations

from itertools import pairwise

from rediffuse.report.references import References
from rediffuse.report.studies.ddim_numbers import Subject
from rediffuse.report.study import Finding
from rediffuse.report.wording import decimal, difference, direction, interval, percent, points, with_interval


def findings(subjects: list[Subject], references: References) -> list[Finding]:
    """All findings, subject by subject where there are several."""
    found = []
    for subject in subjects:
        before = f"{subject.name}: " if len(subjects) > 1 else ""
        for finding in (_repeat(subject), _eta(subject), _linear(subject), _length(subject, references)):
            lead = before + finding.lead[0].lower() + finding.lead[1:] if before else finding.lead
            found.append(Finding(lead, finding.text))
    return found


def _repeat(subject: Subject) -> Finding:
    if subject.repeat == 0:
        return Finding(
            "At η = 0 the noise alone decides the image",
            "A second run from the same noise gives the same image: not one pixel differs.",
        )
    return Finding(
        "A second run at η = 0 did not give the same image",
        f"The largest difference of a pixel is {decimal(subject.repeat)} of 255, where none is expected.",
    )


def _eta(subject: Subject) -> Finding:
    values = [point.distance.value for point in subject.etas]
    rising = all(a < b for a, b in pairwise(values))
    falls = [
        f"{before.eta:g} to {after.eta:g}"
        for before, after in pairwise(subject.etas)
        if after.distance.value <= before.distance.value
    ]
    last = subject.etas[-1]
    lead = "The more noise η lets in, the further the image drifts" if rising else "The drift does not grow throughout"
    steps = ", ".join(f"{decimal(point.distance.value, 1)} at η = {point.eta:g}" for point in subject.etas if point.eta)
    text = f"Root mean square difference from the image of η = 0, in grey levels of 255: {steps}"
    text += f" {interval(last.distance, 1, 1)}, over {subject.distance_n} noises." if last.eta else "."
    return Finding(lead, text + (f" It does not grow from η = {', '.join(falls)}." if falls else ""))


def _linear(subject: Subject) -> Finding:
    lerp, slerp = subject.mode("lerp"), subject.mode("slerp")
    sure, sharp = difference(lerp.confidence, slerp.confidence), difference(lerp.sharpness, slerp.sharpness)
    harmed = [word for word, gap in (("less legible", sure), ("flatter", sharp)) if direction(gap) < 0]
    helped = [word for word, gap in (("more legible", sure), ("sharper", sharp)) if direction(gap) > 0]
    if harmed and not helped:
        lead = f"Halfway on the straight line, images are {' and '.join(harmed)} than on the sphere"
    elif helped and not harmed:
        lead = f"Halfway on the straight line, images are {' and '.join(helped)} than on the sphere"
    elif harmed:
        lead = f"Halfway on the straight line, images are {harmed[0]}, yet {helped[0]}, than on the sphere"
    else:
        lead = "Halfway, linear and spherical interpolation could not be told apart"
    text = (
        f"The judge’s confidence is {with_interval(lerp.confidence)} for lerp and "
        f"{with_interval(slerp.confidence)} for slerp ({points(sure)}); sharpness relative to the ends is "
        f"{decimal(lerp.sharpness.value)} {interval(lerp.sharpness)} and "
        f"{decimal(slerp.sharpness.value)} {interval(slerp.sharpness)}; {subject.pairs_n} pairs of noises."
    )
    return Finding(lead, text)


def _length(subject: Subject, references: References) -> Finding:
    lerp, mended, slerp = subject.mode("lerp"), subject.mode("corrected_lerp"), subject.mode("slerp")
    lost = direction(difference(lerp.confidence, slerp.confidence)) < 0
    gained = difference(mended.confidence, lerp.confidence)
    short = difference(mended.confidence, slerp.confidence)
    if lost and direction(gained) > 0 and direction(short) >= 0:
        lead = "What harms the straight line is its lost length: once that is restored, nothing is missing"
    elif direction(gained) > 0:
        lead = "Restoring the length of the noise helps the straight line"
    elif direction(gained) < 0:
        lead = "Restoring the length of the noise did not help; the judge is less sure of the result"
    else:
        lead = "Restoring the length of the noise made no measurable difference to the judge"
    text = (
        f"Relative to √d, the noise at the middle has length {decimal(lerp.norm, 3)} for lerp (the reference found "
        f"{decimal(references.ddim['lerp_norm'].value, 3)}), {decimal(slerp.norm, 3)} for slerp and "
        f"{decimal(mended.norm, 3)} once restored. The judge’s confidence with the length restored is "
        f"{with_interval(mended.confidence)}, {points(gained)} against plain lerp "
        f"(from {percent(lerp.confidence.value)})."
    )
    return Finding(lead, text)
