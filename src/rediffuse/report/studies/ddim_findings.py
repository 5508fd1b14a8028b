"""What follows from the numbers of DDIM, whichever way they fall."""

from __future__ import annotations

from itertools import pairwise

from rediffuse.report.references import References
from rediffuse.report.studies.ddim_numbers import Known, Subject
from rediffuse.report.study import Finding
from rediffuse.report.wording import decimal, difference, direction, interval, percent, points, with_interval

COPIES_OF_REAL = 0.01  # the limit of a near-copy is the first percentile of the real faces' distances


def findings(subjects: list[Subject], references: References) -> list[Finding]:
    """All findings, subject by subject where there are several."""
    found = []
    for subject in subjects:
        before = f"{subject.name}: " if len(subjects) > 1 else ""
        own = [_repeat(subject), _eta(subject), _linear(subject), _length(subject, references)]
        if subject.known:
            own += [_judged(subject, subject.known), _nearest(subject, subject.known)]
        for finding in own:
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
    harmed = [word for word, gap in ((f"less {subject.clear}", sure), ("flatter", sharp)) if direction(gap) < 0]
    helped = [word for word, gap in ((f"more {subject.clear}", sure), ("sharper", sharp)) if direction(gap) > 0]
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


def _judged(subject: Subject, known: Known) -> Finding:
    sure = known.accuracy.low is not None and known.accuracy.low > 0.5
    first, last = known.accepted[0], known.accepted[-1]
    gap = direction(difference(last, first))
    if not sure:
        lead = "The judge cannot tell a face from what is none, so nothing follows from what it says"
    elif first.low is None or first.low <= 0.5:
        lead = "Not most of what is drawn without noise is read as a face"
    elif gap < 0:
        lead = "Fewer images are read as faces once η lets noise in"
    elif gap > 0:
        lead = "More images are read as faces once η lets noise in"
    else:
        lead = "What is drawn is read as a face, and no less so as η grows"
    text = (
        f"The judge accepts {with_interval(first)} of {first.n} images at η = 0 as faces and {with_interval(last)} at "
        f"η = {subject.etas[-1].eta:g}. Of {known.real_accepted.n} real faces that it had not seen it accepts "
        f"{with_interval(known.real_accepted)}, of {known.others_accepted.n} pictures without a face "
        f"{with_interval(known.others_accepted)}. It is fitted to the same faces as the model."
    )
    return Finding(lead, text)


def _nearest(subject: Subject, known: Known) -> Finding:
    first, last = known.copies[0], known.copies[-1]
    low, high = first.low or 0, 1 if first.high is None else first.high
    if low > COPIES_OF_REAL:
        lead = "There are more near-copies of training faces among the generated ones than among real faces"
    elif high < COPIES_OF_REAL:
        lead = "There are fewer near-copies of training faces among the generated ones than among real faces"
    else:
        lead = "The share of near-copies of training faces is not distinguishable from that among real faces"
    text = (
        f"A near-copy lies nearer than {decimal(known.limit, 1)} grey levels (root mean square) to a training face or "
        f"its mirror image: 1 % of the real faces lie so near to another one. {with_interval(first)} of "
        f"{first.n} images at η = 0 are near-copies, and {with_interval(last)} at η = {subject.etas[-1].eta:g}. "
        f"The mean distance from the nearest training face is {decimal(known.generated.value, 1)} "
        f"{interval(known.generated, 1, 1)} grey levels at η = 0; of a training face from the nearest other one "
        f"{decimal(known.training.value, 1)} {interval(known.training, 1, 1)} over {known.training.n}."
    )
    return Finding(lead, text)
