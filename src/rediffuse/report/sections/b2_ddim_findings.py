"""What follows from the numbers of DDIM, whichever way they fall."""

from __future__ import annotations

from scipy.stats import binomtest

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.study import Finding
from rediffuse.page.wording import decimal, difference, direction, interval, percent, points, with_interval
from rediffuse.report.sections.b2_ddim_subjects import Subject
from rediffuse.studies.b2_ddim.metrics import Faces

SIGNIFICANT = 0.05  # p-values below this are of a distinguishable difference


def findings(subjects: list[Subject], references: References) -> list[Finding]:
    """All findings, subject by subject where there are several."""
    found = []
    for subject in subjects:
        before = f"{subject.name}: " if len(subjects) > 1 else ""
        own = [_repeat(subject), _eta(subject), _linear(subject), _length(subject, references)]
        if subject.known:
            own += [_judged(subject.known), _accepted(subject, subject.known), _nearest(subject, subject.known)]
        for finding in own:
            lead = before + finding.lead[0].lower() + finding.lead[1:] if before else finding.lead
            found.append(Finding(lead, finding.text))
    return found


def _repeat(subject: Subject) -> Finding:
    if subject.repeat == 0:
        return Finding(
            "At η = 0 a second run from the same noise gives the same image",
            "Not one pixel differs. What else a run is given, such as a digit to draw, is the same in both. At larger "
            "η no second run was made.",
        )
    return Finding(
        "A second run at η = 0 did not give the same image",
        f"The largest difference of a pixel is {decimal(subject.repeat)} of 255, where none is expected.",
    )


def _eta(subject: Subject) -> Finding:
    steps = [point for point in subject.etas if point.step is not None]
    away = {way: [point for point in steps if point.step and direction(point.step) == way] for way in (-1, 0, 1)}
    if len(away[1]) == len(steps):
        lead = "The more noise η lets in, the further the image drifts"
    elif away[1]:
        lead = "The image drifts further with η, but not beyond doubt at each step"
    else:
        lead = "No drift with η is distinguishable"
    text = "Root mean square difference from the image of η = 0, in grey levels of 255: "
    text += ", ".join(f"{decimal(point.distance.value, 1)} at η = {point.eta:g}" for point in steps)
    text += f" {interval(subject.etas[-1].distance, 1, 1)}, over {subject.distance_n} noises. "
    text += "Increase from the η before: "
    text += ", ".join(
        f"{decimal(point.step.value, 1)} {interval(point.step, 1, 1)} at {point.eta:g}" for point in steps if point.step
    )
    falls = [f"{point.eta:g}" for point in away[-1]]
    return Finding(lead, text + "." + (f" It falls at η = {', '.join(falls)}." if falls else ""))


def _linear(subject: Subject) -> Finding:
    lerp, slerp = subject.mode("lerp"), subject.mode("slerp")
    change = subject.changes["lerp_slerp"]
    sure, sharp = change.confidence, change.sharpness
    harmed = [word for word, gap in ((f"less {subject.clear}", sure), ("flatter", sharp)) if direction(gap) < 0]
    helped = [word for word, gap in ((f"more {subject.clear}", sure), ("sharper", sharp)) if direction(gap) > 0]
    if harmed and not helped:
        lead = f"Halfway on the straight line, images are {' and '.join(harmed)} than on the sphere"
    elif helped and not harmed:
        lead = f"Halfway on the straight line, images are {' and '.join(helped)} than on the sphere"
    elif harmed:
        lead = f"Halfway on the straight line, images are {harmed[0]}, yet {helped[0]}, than on the sphere"
    else:
        lead = "Halfway, linear and spherical interpolation are not distinguishable"
    text = (
        f"The judge’s confidence is {with_interval(lerp.confidence)} for lerp and "
        f"{with_interval(slerp.confidence)} for slerp ({points(sure)}); sharpness relative to the ends is "
        f"{decimal(lerp.sharpness.value)} {interval(lerp.sharpness)} and "
        f"{decimal(slerp.sharpness.value)} {interval(slerp.sharpness)}, a difference of {decimal(sharp.value)} "
        f"{interval(sharp)}; {subject.pairs_n} pairs of noises, pair by pair."
    )
    return Finding(lead, text)


def _length(subject: Subject, references: References) -> Finding:
    lerp, mended, slerp = subject.mode("lerp"), subject.mode("corrected_lerp"), subject.mode("slerp")
    lost = direction(subject.changes["lerp_slerp"].confidence) < 0
    gained = subject.changes["corrected_lerp_lerp"].confidence
    short = subject.changes["corrected_lerp_slerp"].confidence
    sharp = subject.changes["corrected_lerp_lerp"].sharpness
    other = subject.changes["corrected_lerp_slerp"].sharpness
    if lost and direction(gained) > 0 and direction(short) >= 0:
        lead = "With its length restored, the straight line is not distinguishably worse than the sphere"
    elif direction(gained) > 0:
        lead = "Restoring the length of the noise helps the straight line"
    elif direction(gained) < 0:
        lead = "Restoring the length of the noise did not help; the judge is less sure of the result"
    else:
        lead = "No effect of the noise’s restored length on the judge’s confidence is distinguishable"
        if direction(sharp) > 0:
            lead += "; images are sharper with it"
    text = (
        f"Relative to √d, the noise at the middle has length {decimal(lerp.norm, 3)} for lerp (the reference found "
        f"{decimal(references.ddim['lerp_norm'].value, 3)}), {decimal(slerp.norm, 3)} for slerp and "
        f"{decimal(mended.norm, 3)} once restored. The judge’s confidence with the length restored is "
        f"{with_interval(mended.confidence)}, {points(gained)} against plain lerp "
        f"(from {percent(lerp.confidence.value)}). Sharpness relative to the ends changes by {decimal(sharp.value)} "
        f"{interval(sharp)}. Against slerp, confidence differs by {points(short)} and sharpness by "
        f"{decimal(other.value)} {interval(other)}."
    )
    return Finding(lead, text)


def _judged(known: Faces) -> Finding:
    sure = known.judge.accuracy.low is not None and known.judge.accuracy.low > 0.5
    first, control = known.accepted[0], known.judge.gaussian_as_face
    gap = difference(first, control)
    if not sure:
        lead = "The judge does not distinguish faces from other pictures, so nothing follows from its answers"
    else:
        lead = {
            1: "Generated faces are accepted more often than Gaussian samples of the faces’ principal components",
            0: "The share accepted as faces is not distinguishable between generated faces and Gaussian samples of the "
            "faces’ principal components",
            -1: "Generated faces are accepted less often than Gaussian samples of the faces’ principal components",
        }[direction(gap)]
    text = (
        f"The judge accepts {with_interval(first)} of {first.n} images at η = 0 as faces, and {with_interval(control)} "
        f"of {control.n} Gaussian samples, which need no network: {points(gap)}. Of {known.judge.real_as_face.n} real "
        f"faces that it had not seen it accepts {with_interval(known.judge.real_as_face)}, of "
        f"{known.judge.others_as_face.n} pictures without a face {with_interval(known.judge.others_as_face)}. Each "
        "image is read by a judge that has not seen the training face nearest to it. The DDPM has seen them all, so a "
        "memorized face would count as accepted."
    )
    return Finding(lead, text)


def _accepted(subject: Subject, known: Faces) -> Finding:
    change, p = known.judge.read_as_face_change, smallest_mcnemar_p(known.accepted[0], known.accepted[-1])
    # Near 100 % Student's t is too sure: few faces differ between the two, and McNemar's exact test counts them.
    lead = {
        1: "More images are accepted as faces at the largest η than at η = 0",
        0: "No effect of η on the share accepted as faces is distinguishable",
        -1: "Fewer images are accepted as faces at the largest η than at η = 0",
    }[direction(change) if p < SIGNIFICANT else 0]
    moved = points(change)
    if p >= SIGNIFICANT:
        moved = f"{'+' if change.value > 0 else ''}{decimal(100 * change.value, 1)} points, for which McNemar’s exact "
        moved += f"test gives a p-value of {decimal(p)} at least"
    text = (
        f"{with_interval(known.accepted[0])} at η = 0 and {with_interval(known.accepted[-1])} at "
        f"η = {subject.etas[-1].eta:g}, from the same noises: {moved}. Near-copies of training faces are "
        f"{percent(known.copies[0].value)} and {percent(known.copies[-1].value)} of these images."
    )
    return Finding(lead, text)


def smallest_mcnemar_p(first: Estimate, last: Estimate) -> float:
    """The smallest p-value that McNemar's exact test (1947) can have for two shares of the same images.

    The shares fix by how many pairs one kind of discordance outnumbers the other. The p-value is smallest if the other
    kind does not occur.
    """
    discordant = round(abs(last.value - first.value) * (first.n or 0))
    return float(binomtest(discordant, discordant).pvalue) if discordant else 1.0


def _nearest(subject: Subject, known: Faces) -> Finding:
    first, last, control = known.copies[0], known.copies[-1], known.nearest.copies_gaussian
    gap = difference(first, control)
    lead = {
        1: "At η = 0 more generated faces than Gaussian samples of the faces’ principal components are near-copies of "
        "a training face",
        0: "The share of near-copies of a training face is not distinguishable between generated faces at η = 0 and "
        "Gaussian samples of the faces’ principal components",
        -1: "At η = 0 fewer generated faces than Gaussian samples of the faces’ principal components are near-copies "
        "of a training face",
    }[direction(gap)]
    text = (
        f"A near-copy lies nearer than {decimal(known.nearest.limit, 1)} grey levels (root mean square) to a training "
        f"face or its mirror image: nearer than the first percentile of distances between training faces. "
        f"{with_interval(first)} of {first.n} images at η = 0 do, and {with_interval(last)} at "
        f"η = {subject.etas[-1].eta:g}; of {control.n} Gaussian samples {with_interval(control)}: {points(gap)} at "
        f"η = 0. The mean distance from the nearest training face is "
        f"{decimal(known.nearest.generated.value, 1)} {interval(known.nearest.generated, 1, 1)} grey levels at η = 0; "
        f"of a training face from the nearest other one {decimal(known.nearest.training.value, 1)} "
        f"{interval(known.nearest.training, 1, 1)} over {known.nearest.training.n}."
    )
    return Finding(lead, text)
