"""A8: pictures drawn after sketches."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE, paired_difference, paired_points
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, difference, direction, interval, negated, points, with_interval
from rediffuse.studies.a8_sketch_to_image.metrics import STRENGTHS, Metrics

STAGE = Metrics.STAGE
REPORT_SUBJECT = "house-with-garden"  # the drawing of data/sketches


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report gave no number."""
    del references
    numbers = inputs.numbers(Metrics)
    frames = inputs.frames(STAGE)
    labels = ["off", *(f"strength {name}" for name in list(STRENGTHS.values())[1:])]
    shown = labels if len(labels) == len(frames) else [f"place {frame.number:g}" for frame in frames]
    scrubber = Scrubber(
        "sketch-strength",
        "Strength of control",
        tuple(frame.picture for frame in frames),
        tuple(shown),
        "Sketches, and the pictures drawn after them",
        "Above the sketch, below what is drawn from the same noise at this strength.",
    )
    data: dict[str, Any] = {
        "numbers": numbers,
        "strengths": STRENGTHS,
        "shares_note": SHARES_NOTE,
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    on = numbers.edge_f1["strength_1"]
    headline = Headline(
        "F1 of the sketch found again in the picture, under control",
        on.value,
        decimal(on.value),
        interval(on),
        f"{decimal(numbers.edge_f1['off'].value)} without; {numbers.n} pictures of {numbers.sketches} sketches",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_control(numbers), _matched(numbers), _things(numbers), _fresh(numbers)]


def _control(numbers: Metrics) -> Finding:
    by_strength, change = numbers.edge_f1, numbers.edge_f1_change
    on, off = by_strength["strength_1"], by_strength["off"]
    lead = {
        1: f"Control raises the F1 of the sketch’s lines by {with_number(change)}",
        0: "No effect of control on the F1 of the sketch’s lines is distinguishable",
        -1: f"Control lowers the F1 of the sketch’s lines by {with_number(negated(change))}",
    }[direction(change)]
    text = (
        f"It is {with_number(off)} without control and {with_number(on)} at full strength, a change of "
        f"{with_number(change)}, sketch by sketch. The pictures from which the sketches were taken reach "
        f"{with_number(numbers.real)}, and {with_number(numbers.ceiling)} after the autoencoder; a sketch "
        f"has {with_number(numbers.random_pair)} with the picture of another sketch."
    )
    alone = numbers.decoder_alone
    if alone is not None:
        text += (
            f" The trained decoder without a sketch (strength 0) has {with_number(alone.edge_f1)}; from there to full "
            f"strength the change is {with_number(alone.edge_f1_change)}."
        )
    return Finding(lead, text)


def _matched_change(numbers: Metrics) -> Estimate:
    return paired_difference(numbers.matched_change, numbers.matched["strength_1"], numbers.matched["off"])


def _thing_change(numbers: Metrics) -> Estimate:
    by_strength = numbers.thing_accuracy
    return paired_difference(numbers.thing_accuracy_change, by_strength["strength_1"], by_strength["off"])


def _matched(numbers: Metrics) -> Finding:
    by_strength, change = numbers.matched, _matched_change(numbers)
    lead = {
        1: "Under control a picture is matched to its sketch more often",
        0: "No effect of control on how often a picture is matched to its sketch is distinguishable",
        -1: "Under control a picture is matched to its sketch less often",
    }[direction(change)]
    text = (
        "Its lines fit its own sketch better than each of three others of the same thing in "
        f"{with_interval(by_strength['off'])} without control and in "
        f"{with_interval(by_strength['strength_1'])} with it: {paired_points(change)}. For real pictures it is "
        f"{with_interval(numbers.real_matched)}; by chance 25 %."
    )
    alone = numbers.decoder_alone
    if alone is not None:
        text += _without_sketch(alone.matched, alone.matched_change, by_strength["strength_1"])
    return Finding(lead, text)


def _without_sketch(share: Estimate, change: Estimate, full: Estimate) -> str:
    """State the share of the trained decoder without a sketch, and its paired change to full strength."""
    return (
        f" For the trained decoder without a sketch it is {with_interval(share)}; from there to full strength: "
        f"{paired_points(paired_difference(change, full, share))}."
    )


def with_number(found: Estimate) -> str:
    """A value of 0 to 1 with its interval."""
    return f"{decimal(found.value)} {interval(found)}"


def _things(numbers: Metrics) -> Finding:
    by_strength, change = numbers.thing_accuracy, _thing_change(numbers)
    full, plain = (difference(by_strength[key], numbers.real_thing) for key in ("strength_1", "off"))
    lead = {
        1: "At full strength the judge recognises the thing more often than without control",
        0: "No effect of control on how often the thing is recognised is distinguishable",
        -1: "At full strength the judge recognises the thing less often than without control",
    }[direction(change)]
    lead += {
        1: "; it is recognised more often than in real pictures",
        0: "; no difference from real pictures is distinguishable",
        -1: "; it is recognised less often than in real pictures",
    }[direction(full)]
    text = (
        f"The judge reads it right in {with_interval(by_strength['off'])} without control and in "
        f"{with_interval(by_strength['strength_1'])} with it: {paired_points(change)}. In the real pictures from "
        f"which the sketches were taken it is right in {with_interval(numbers.real_thing)}. At full strength "
        f"that is {points(full)} against real pictures, without control {points(plain)}, each taken as independent."
    )
    alone = numbers.decoder_alone
    if alone is not None:
        text += _without_sketch(alone.thing_accuracy, alone.thing_accuracy_change, by_strength["strength_1"])
    if direction(change) < 0 < direction(plain) and direction(full) >= 0:
        text += " Without control the share is above that of real pictures, so the fall is one towards their level."
    return Finding(lead, text)


def _fresh(numbers: Metrics) -> Finding:
    if numbers.fresh_difference == 0:
        lead = "A fresh ControlNet changes no pixel, as it is built to"
    else:
        lead = "A fresh ControlNet changes the picture, which it must not"
    return Finding(
        lead, f"The largest difference that a fresh one makes to any pixel is {numbers.fresh_difference} of 255."
    )


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    found = {
        "curves": Figure(
            inputs.picture(STAGE, "curves.png"),
            "Curves against the strength of control: F1 of the lines, pictures matched, things classified correctly",
            f"Bands: 95 % intervals over {numbers.sketches} sketches.",
            "plot",
        ),
        "sketches": Figure(
            inputs.picture(STAGE, "sketches.png"),
            "Grid: a row for each sketch; the picture that it is of, the sketch, and what is drawn at each strength",
            "Outlines of drawings by held-out artists, chosen and placed by chance; each row from one noise.",
        ),
    }
    if numbers.own:
        subject = " The house with a garden is the report’s subject." if REPORT_SUBJECT in numbers.own else ""
        found["own"] = Figure(
            inputs.picture(STAGE, "own.png"),
            "Grid: a row for each noise; a drawing from a file, and what is drawn after it at each strength",
            f"Drawings from files.{subject} The model was trained on pictures of one thing.",
        )
    return found


STUDY = Study(
    slug="sketch-to-image",
    number="A8",
    title="Sketch to image",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pairs in a row, a sketch and the picture generated from it",
        "Sketches, each beside the picture generated from it at full strength.",
    ),
    questions={"control": "Can control be extended to palettes or reference images, and what would be hard?"},
)
