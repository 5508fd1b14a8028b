"""B2: DDIM, its η, and interpolation between noises."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Decision, Figure, Headline, Strip, Study
from rediffuse.page.wording import decimal, interval, percent, with_interval
from rediffuse.report.sections.b2_ddim_findings import findings
from rediffuse.report.sections.b2_ddim_subjects import Subject, subjects_of
from rediffuse.studies.b2_ddim.metrics import Metrics

STAGE = Metrics.STAGE


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures, subject by subject."""
    subjects = subjects_of(inputs.numbers(Metrics))
    data: dict[str, Any] = {
        "subjects": [
            {"numbers": subject, "decisions": _decisions(subject), **_figures(inputs, subject)} for subject in subjects
        ],
        "several": len(subjects) > 1,
        "has_known": any(subject.known for subject in subjects),
        "references": references.ddim,
    }
    headlines = [headline for subject in subjects for headline in _headlines(subject)]
    return Content(headlines, findings(subjects), data)


def _decisions(subject: Subject) -> list[Decision]:
    rows = [
        Decision(
            f"distance at η = {point.eta:g} less that at the η before" + ", 0: not tested" * (place == 1),
            point.step,
            share=False,
        )
        for place, point in enumerate(subject.etas)
        if point.step
    ]
    for name, change in subject.changes.items():
        after, before = name.rsplit("_", 1)
        ways = f"{after.replace('_', ' ')} less {before} at α = 0.5"
        rows += [
            Decision(f"confidence, {ways}", change.confidence),
            Decision(f"sharpness, {ways}", change.sharpness, share=False),
        ]
    if subject.known:
        last = subject.etas[-1].eta
        rows.append(Decision(f"accepted as a face, η = {last:g} less η = 0", subject.known.judge.read_as_face_change))
    return rows


def _headlines(subject: Subject) -> list[Headline]:
    last, lerp, slerp = subject.etas[-1], subject.mode("lerp"), subject.mode("slerp")
    confidence = f"{with_interval(slerp.confidence)} with spherical interpolation (slerp)"
    return [
        Headline(
            f"grey levels from the image of η = 0 at η = {last.eta:g}",
            last.distance.value,
            decimal(last.distance.value, 1),
            interval(last.distance, 1, 1),
            f"{subject.name}, {subject.distance_n} noises, root mean square of 255",
        ),
        Headline(
            "judge’s confidence halfway, linear interpolation (lerp)",
            lerp.confidence.value,
            percent(lerp.confidence.value),
            interval(lerp.confidence, 100, 1),
            f"{subject.name}, {subject.pairs_n} pairs; {confidence}",
        ),
    ]


def _figures(inputs: Inputs, subject: Subject) -> dict[str, Figure]:
    name, key = subject.name.lower(), subject.key
    etas = ", ".join(f"{point.eta:g}" for point in subject.etas)
    figures = {
        "eta": Figure(
            inputs.picture(STAGE, f"{key}_eta.png"),
            f"Grid of generated {name}: rows for rising η, columns for different noises",
            f"From top to bottom η = {etas}; each column starts from one noise and, in all rows, meets "
            "the same stream of fresh noise, so that only η changes.",
        ),
        "distance": Figure(
            inputs.picture(STAGE, f"{key}_eta_distance.png"),
            "Curve of the distance from the image of η = 0 against η, with its 95 % interval",
            f"Distance from the image of η = 0 against η, {subject.distance_n} noises. Shaded: 95 % interval.",
            "plot",
        ),
        "interpolation": Figure(
            inputs.picture(STAGE, f"{key}_interpolation.png"),
            f"Grid of generated {name} between two noises: rows slerp, lerp and corrected lerp, columns α from 0 to 1",
            "From one noise to another, α = 0 to 1: spherical, linear, and linear with its length restored.",
        ),
        "curves": Figure(
            inputs.picture(STAGE, f"{key}_interpolation_curves.png"),
            "Curves of the noise’s length, the sharpness and the judge’s confidence against α for the three ways",
            f"Length of the noise, sharpness and the judge’s confidence along the way, {subject.pairs_n} pairs. "
            "Shaded: 95 % interval.",
            "plot",
        ),
    }
    if subject.known is not None:
        figures["nearest"] = Figure(
            inputs.picture(STAGE, f"{key}_nearest.png"),
            f"Generated {name} in a row, below each its nearest training image",
            "Generated at η = 0, and below each the training face that is nearest to it, mirrored where that is nearer,"
            " with the root mean square difference of the pixels.",
        )
    return figures


STUDY = Study(
    slug="ddim",
    number="B2",
    title="DDIM: what η does, and the way between two noises",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Generated faces in a row, two noises, each at rising η",
        "Generated faces: two noises, each at rising η.",
    ),
    questions={
        "eta": "What does η do?",
        "linear": "What happens with linear instead of spherical interpolation?",
    },
)
