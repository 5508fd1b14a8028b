"""B1: one conditional DDPM for two sets of digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.names import set_description, set_name
from rediffuse.page.study import Content, Decision, Figure, Headline, Strip, Study
from rediffuse.page.wording import interval, listing, percent
from rediffuse.report.sections.b1_conditional_ddpm_findings import findings
from rediffuse.report.sections.b1_conditional_ddpm_sets import (
    DigitSet,
    SweepPoint,
    base_of,
    compared_of,
    sets_of,
    sweep_of,
)
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics

STAGE = Metrics.STAGE


@dataclass(frozen=True)
class Row:
    """A line of the accuracy table; ``kind`` colours its mark."""

    label: str
    estimate: Estimate
    kind: str  # guided, unguided, real or reference
    source: str = ""


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    sets, points = sets_of(numbers), sweep_of(numbers)
    groups = _groups(numbers, sets, references)
    data = {
        "numbers": numbers,
        "digit_sets": sets,
        "points": points,
        "groups": groups,
        "axis": _axis([row.estimate for _, rows in groups for row in rows]),
        "marks": [reference.value for reference in references.digit_accuracy.values()],
        "sets": listing([one.name for one in sets]),
        "standin": any(one.key == "street" for one in sets),
        "training": _training(inputs, sets),
        "grids": [_grid(inputs, one.key, numbers.guidance_scale) for one in sets],
        "films": [_film(inputs, one.key) for one in sets],
        "nearest": [_nearest(inputs, one.key) for one in sets],
        "misread": [_misread(inputs, one.key) for one in sets if _has_misread(inputs, one)],
        "guidance": _guidance(inputs),
        "by_digit": _by_digit(inputs),
        "decisions": _decisions(numbers, points),
    }
    return Content(_headlines(numbers, sets), findings(numbers, references), data)


def _decisions(numbers: Metrics, points: list[SweepPoint]) -> list[Decision]:
    rows = [Decision(f"accuracy, guidance scale {numbers.guidance_scale:g} less none, judge", numbers.guidance_gain)]
    base = base_of(points, numbers.guidance_scale)
    for point in compared_of(numbers):
        against = f"scale {point.scale:g} less {base.scale:g}, selector"
        rows += [
            Decision(f"accuracy, {against}", point.change.accuracy),
            Decision(f"diversity, {against}", point.change.diversity, share=False),
            Decision(f"kernel distance, {against}", point.change.kid, share=False),
        ]
    return rows


def _headlines(numbers: Metrics, parts: list[DigitSet]) -> list[Headline]:
    real = " · ".join(f"{one.name} {percent(one.ceiling.value)}" for one in parts)
    sets = " · ".join(f"{one.name} {percent(one.accuracy.value)}" for one in parts)
    return [
        Headline(
            "samples read as the digit asked for",
            numbers.accuracy.value,
            percent(numbers.accuracy.value),
            interval(numbers.accuracy, 100, 1),
            f"{sets}; real images of the training domain: {real}",
        ),
        Headline(
            "the same without guidance",
            numbers.unguided.value,
            percent(numbers.unguided.value),
            interval(numbers.unguided, 100, 1),
            f"guidance scale 1 in place of {numbers.guidance_scale:g}",
        ),
    ]


def _groups(numbers: Metrics, sets: list[DigitSet], references: References) -> list[tuple[str, list[Row]]]:
    guided, bare = f"guidance scale {numbers.guidance_scale:g}", "no guidance"
    groups = [("Mean of the sets", [Row(guided, numbers.accuracy, "guided"), Row(bare, numbers.unguided, "unguided")])]
    for one in sets:
        rows = [
            Row(guided, one.accuracy, "guided"),
            Row(bare, one.unguided, "unguided"),
            Row("real images of the training domain", one.ceiling, "real"),
            Row("… by 1-nearest neighbour on pixels", one.baseline, "real"),
            Row("real test images, of other fonts or photographs", one.ceiling_test, "real"),
            Row("… by 1-nearest neighbour on pixels", one.baseline_test, "real"),
        ]
        groups.append((one.name, rows))
    given = [Row(one.label, Estimate(one.value), "reference", one.source) for one in references.digit_accuracy.values()]
    return [*groups, ("Reference", given)]


def _axis(estimates: list[Estimate]) -> tuple[float, float]:
    low = min(estimate.value if estimate.low is None else estimate.low for estimate in estimates)
    return max(0.0, math.floor(20 * (low - 0.01)) / 20), 1.0


def _training(inputs: Inputs, sets: list[DigitSet]) -> list[Figure]:
    return [
        Figure(
            inputs.picture("fetch_digits", f"{one.key}.png"),
            f"Contact sheet of training images of {one.name}",
            f"Training images, {one.name}: {set_description(one.key)}".removesuffix(": ") + ".",
        )
        for one in sets
    ]


def _grid(inputs: Inputs, key: str, scale: float) -> Figure:
    return Figure(
        inputs.picture(STAGE, f"grid_{key}.png"),
        f"Grid of 100 generated digits, ten of each digit, in the manner of {set_name(key)}",
        f"{set_name(key)}: each row is a digit from 0 to 9, each column another noise; guidance scale {scale:g}.",
    )


def _film(inputs: Inputs, key: str) -> Figure:
    return Figure(
        inputs.picture(STAGE, f"film_{key}.png"),
        f"Six images of the reverse process of a zero in the manner of {set_name(key)}, from noise to digit",
        f"{set_name(key)}: a “0” from the start noise of the first sample, drawn in all T steps: the image xₜ as it "
        "stands, and the network’s guess of the clean x₀.",
    )


def _nearest(inputs: Inputs, key: str) -> Figure:
    return Figure(
        inputs.picture(STAGE, f"nearest_{key}.png"),
        f"Pairs of a generated image of {set_name(key)} and the training image nearest to it",
        f"{set_name(key)}: samples, each beside the training image nearest to it.",
    )


def _has_misread(inputs: Inputs, one: DigitSet) -> bool:
    return one.accuracy.value < 1 and inputs.has(STAGE, f"misread_{one.key}.png")


def _misread(inputs: Inputs, key: str) -> Figure:
    return Figure(
        inputs.picture(STAGE, f"misread_{key}.png"),
        f"Generated images of {set_name(key)} that the judge read as another digit",
        f"{set_name(key)}: the samples that the judge read as another digit than was asked for.",
    )


def _guidance(inputs: Inputs) -> Figure:
    return Figure(
        inputs.picture(STAGE, "guidance.png"),
        "Curves of accuracy, diversity and kernel distance against the guidance scale, a line for each set",
        "Accuracy by the selector, diversity and kernel distance against the guidance scale. Shaded: 95 % interval.",
        "plot",
    )


def _by_digit(inputs: Inputs) -> Figure:
    return Figure(
        inputs.picture(STAGE, "by_digit.png"),
        "Bars of the judge’s accuracy for each digit and set, with 95 % intervals",
        "Accuracy by digit. Whiskers: 95 % interval.",
        "plot",
    )


STUDY = Study(
    slug="conditional-ddpm",
    number="B1",
    title="One conditional DDPM for two sets of digits",
    stages=("fetch_digits", STAGE),
    build=build,
    strip=Strip(
        "Generated digits of each set in a row",
        "Generated digits, a group for each set; below each the digit asked for.",
    ),
    questions={"implementation": "How is the conditional DDPM built, and what is difficult about it?"},
)
