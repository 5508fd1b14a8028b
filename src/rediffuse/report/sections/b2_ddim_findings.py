"""What follows from the numbers of DDIM, whichever way they fall."""

from __future__ import annotations

import math

from scipy.stats import binomtest

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.study import Finding
from rediffuse.page.wording import (
    decimal,
    decimals_of,
    difference,
    direction,
    listing,
    measured,
    percent,
    points,
    significant,
    with_interval,
)
from rediffuse.report.sections.b2_ddim_subjects import Subject
from rediffuse.studies.b2_ddim.metrics import Faces

SIGNIFICANT = 0.05  # p-values below this are of a distinguishable difference


def findings(subjects: list[Subject]) -> list[Finding]:
    """All findings, subject by subject where there are several."""
    found = []
    for subject in subjects:
        before = f"{subject.name}: " if len(subjects) > 1 else ""
        own = [_repeat(subject), _eta(subject), _linear(subject), _length(subject)]
        if subject.known:
            own += [_judged(subject.known), _accepted(subject, subject.known), _nearest(subject, subject.known)]
        for finding in own:
            lead = before + finding.lead[0].lower() + finding.lead[1:] if before else finding.lead
            found.append(Finding(lead, finding.text))
    return found


def _repeat(subject: Subject) -> Finding:
    if subject.repeat == 0:
        same = "" if subject.known else " The digit is the same in both runs."
        return Finding(
            "At η = 0 a second run from the same noise gives the same image",
            f"Not one pixel of {subject.distance_n} images differs, as DDIM without noise is built to.{same} At larger "
            "η no second run was made.",
        )
    return Finding(
        "A second run at η = 0 did not give the same image",
        f"The largest difference of a pixel is {decimal(subject.repeat)} of 255, where none is expected.",
    )


def _eta(subject: Subject) -> Finding:
    away = {way: [point for point, step in subject.steps if direction(step) == way] for way in (-1, 0, 1)}
    if not subject.steps:
        lead = "No two η above 0 were compared"
    elif len(away[1]) == len(subject.steps):
        lead = "The more noise η lets in, the further the image drifts"
    elif away[1]:
        lead = "The image drifts further with η, but not beyond doubt at each step"
    else:
        lead = "No further drift with η is distinguishable"
    *others, last = subject.etas[1:] or subject.etas
    text = "Root mean square difference from the image of η = 0, in grey levels of 255: "
    text += "".join(f"{decimal(point.distance.value, 1)} at η = {point.eta:g}, " for point in others)
    text += f"{measured(last.distance, digits=1)} at η = {last.eta:g}, over {subject.distance_n} noises."
    if subject.steps:
        steps = [f"{measured(step, digits=1)} at {point.eta:g}" for point, step in subject.steps]
        text += f" Increase from the η before: {', '.join(steps)}."
    falls = [f"{point.eta:g}" for point in away[-1]]
    return Finding(lead, text + (f" It falls at η = {', '.join(falls)}." if falls else ""))


def _linear(subject: Subject) -> Finding:
    lerp, slerp = subject.mode("lerp"), subject.mode("slerp")
    change = subject.changes["lerp_slerp"]
    sure, sharp = change.confidence, change.sharpness
    harmed = [word for word, gap in ((f"less {subject.clear}", sure), ("flatter", sharp)) if direction(gap) < 0]
    helped = [word for word, gap in ((f"more {subject.clear}", sure), ("sharper", sharp)) if direction(gap) > 0]
    quality = " and ".join(harmed or helped)
    if harmed and helped:
        quality = f"{harmed[0]}, yet {helped[0]},"
    lead = f"Halfway, linear interpolation (lerp) gives {quality} images than spherical interpolation (slerp)"
    if not quality:
        lead = "Halfway, linear interpolation (lerp) and spherical interpolation (slerp) are not distinguishable"
    digits = decimals_of(sure, 100, 1)
    text = (
        f"The judge’s confidence is {with_interval(lerp.confidence, digits)} for lerp and "
        f"{with_interval(slerp.confidence, digits)} for slerp ({points(sure)}); sharpness relative to the ends is "
        f"{measured(lerp.sharpness)} and {measured(slerp.sharpness)}, a difference of {measured(sharp)}; "
        f"{subject.pairs_n} pairs of noises, pair by pair."
    )
    if direction(sure) == 0 and all(mode.confidence.high == 1 for mode in (lerp, slerp)):
        text += " Both intervals of the confidence reach 100 %, so it can hardly tell lerp from slerp."
    return Finding(lead, text)


def _length(subject: Subject) -> Finding:
    lerp, mended, slerp = subject.mode("lerp"), subject.mode("corrected_lerp"), subject.mode("slerp")
    lost = direction(subject.changes["lerp_slerp"].confidence) < 0
    gained = subject.changes["corrected_lerp_lerp"].confidence
    short = subject.changes["corrected_lerp_slerp"].confidence
    sharp = subject.changes["corrected_lerp_lerp"].sharpness
    other = subject.changes["corrected_lerp_slerp"].sharpness
    if lost and direction(gained) > 0 and direction(short) >= 0:
        lead = (
            "With the noise’s length restored, the judge’s confidence is not distinguishably lower for lerp than slerp"
        )
    elif direction(gained) > 0:
        lead = "Restoring the noise’s length raises the judge’s confidence in images of lerp"
    elif direction(gained) < 0:
        lead = "Restoring the noise’s length lowers the judge’s confidence in images of lerp"
    else:
        lead = "No effect of restoring the noise’s length on the judge’s confidence is distinguishable"
        lead += {1: "; images are sharper with it", 0: "", -1: "; images are flatter with it"}[direction(sharp)]
    text = (
        f"Halfway, the length of a noise of d values, divided by √d, is {decimal(lerp.norm, 3)} for lerp (√½ = "
        f"{decimal(math.sqrt(0.5), 3)} is expected), {decimal(slerp.norm, 3)} for slerp and {decimal(mended.norm, 3)} "
        f"for lerp with its length restored. Restoring it changes the confidence by {points(gained)}, from "
        f"{percent(lerp.confidence.value, decimals_of(gained, 100, 1))} to "
        f"{with_interval(mended.confidence, decimals_of(gained, 100, 1))}, and sharpness relative to the ends by "
        f"{measured(sharp)}. Against slerp, confidence is {_order(short)} ({points(short)}), and sharpness is "
        f"{_order(other)} ({measured(other)})."
    )
    return Finding(lead, text)


def _order(gap: Estimate) -> str:
    return {1: "higher", 0: "not distinguishable", -1: "lower"}[direction(gap)]


def _judged(known: Faces) -> Finding:
    sure = known.judge.accuracy.low is not None and known.judge.accuracy.low > 0.5
    first, control = known.accepted[0], known.judge.gaussian_as_face
    gap = difference(first, control)
    if not sure:
        lead = "The judge does not distinguish faces from other pictures, so nothing follows from its answers"
    else:
        control_name = "Gaussian samples of the faces’ principal components"
        lead = (
            "At η = 0 "
            + {
                1: f"generated faces are accepted more often than {control_name}",
                0: f"the share accepted as faces is not distinguishable between generated faces and {control_name}",
                -1: f"generated faces are accepted less often than {control_name}",
            }[direction(gap)]
        )
    text = (
        f"The judge accepts {with_interval(first)} of {first.n} images at η = 0 as faces, and {with_interval(control)} "
        f"of {control.n} Gaussian samples, which need no network: {points(gap)}. Of {known.judge.real_as_face.n} real "
        f"faces that it had not seen it accepts {with_interval(known.judge.real_as_face)}, of "
        f"{known.judge.others_as_face.n} pictures without a face {with_interval(known.judge.others_as_face)}. "
        f"{_worth(known)}Each image is read by a judge that has not seen the training face nearest to it. The DDPM has "
        "seen them all, so a memorized face would count as accepted."
    )
    return Finding(lead, text)


def _worth(known: Faces) -> str:
    """What a share accepted is worth, by the real faces beside the Gaussian samples."""
    gap = difference(known.judge.real_as_face, known.judge.gaussian_as_face)
    if direction(gap) > 0:
        return f"Real faces are accepted more often than Gaussian samples: {points(gap)}. "
    return (
        f"Real faces are not distinguishably more often accepted than Gaussian samples, {points(gap)}, so the share "
        "does not measure an image’s quality. "
    )


def _accepted(subject: Subject, known: Faces) -> Finding:
    change, first, last = known.judge.read_as_face_change, known.accepted[0], known.accepted[-1]
    p = smallest_mcnemar_p(first, last)
    # Near 100 % Student's t is too sure: few faces differ between the two, and McNemar's exact test counts them.
    eta = f"{subject.etas[-1].eta:g}"
    lead = {
        1: f"More images are accepted as faces at η = {eta} than at η = 0",
        0: f"Between η = 0 and η = {eta} no difference in the share accepted as faces is distinguishable",
        -1: f"Fewer images are accepted as faces at η = {eta} than at η = 0",
    }[direction(change) if p < SIGNIFICANT else 0]
    exact = {first.value, last.value} & {0.0, 1.0}  # then all discordant pairs are of one kind
    text = (
        f"The judge accepts {_by_eta(subject, known.accepted)}. From η = 0 to {eta}, with the same noises: "
        f"{points(change)}; by McNemar’s exact test p {'=' if exact else '≥'} {significant(p, 1)}. Near 100 % the "
        f"interval is too short, so a difference counts only if p {'is' if exact else 'can be'} below 0.05, too. A "
        "trend over all η was not tested."
    )
    return Finding(lead, text)


def _by_eta(subject: Subject, shares: list[Estimate]) -> str:
    """The share at each η, the first and the last with their intervals."""
    clauses = [
        f"{with_interval(share) if place in (0, len(shares) - 1) else percent(share.value)} at η = {point.eta:g}"
        for place, (share, point) in enumerate(zip(shares, subject.etas, strict=True))
    ]
    return listing(clauses)


def smallest_mcnemar_p(first: Estimate, last: Estimate) -> float:
    """The smallest p-value that McNemar's exact test (1947) can have for two shares of the same images.

    The shares fix by how many pairs one kind of discordance outnumbers the other. The p-value is smallest if the other
    kind does not occur.
    """
    discordant = round(abs(last.value - first.value) * (first.n or 0))
    return float(binomtest(discordant, discordant).pvalue) if discordant else 1.0


def _nearest(subject: Subject, known: Faces) -> Finding:
    first, control = known.copies[0], known.nearest.copies_gaussian
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
        f"face or its mirror image. This is the first percentile of a training face’s distance from its nearest "
        f"other one; {with_interval(known.nearest.copies_real)} of {known.nearest.copies_real.n} training faces are "
        "below it. "
        f"Near-copies are {_by_eta(subject, known.copies)}, of {first.n} images each; of {control.n} Gaussian samples "
        f"{with_interval(control)}: {points(gap)} at η = 0. A trend over η was not tested. The mean distance from the "
        f"nearest training face is {measured(known.nearest.generated, digits=1)} grey levels at η = 0; of a training "
        f"face from the nearest other one {measured(known.nearest.training, digits=1)} over {known.nearest.training.n}."
    )
    return Finding(lead, text)
