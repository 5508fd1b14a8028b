"""A3: several pictures of a prompt, ordered by CLIP."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE, paired_difference, paired_points
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import OUTCOMES, decimal, direction, interval, percent, with_interval
from rediffuse.studies.a3_generate_ranked.metrics import Metrics

STAGE = Metrics.STAGE
SIZES = (("small", 0.1), ("medium", 0.3), ("large", 0.5))  # of a correlation: Cohen (1988)
MOSTLY_CORRECT = 0.75  # above this share of correct pictures, most pairs of a prompt hold two correct ones


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers), "shares_note": SHARES_NOTE}
    best = numbers.thing_accuracy.best_of_8
    note = (
        f"by the judge; {percent(numbers.thing_accuracy.best_of_1.value)} without choosing, "
        f"{OUTCOMES[direction(gain_of(numbers))]}; {numbers.n} prompts"
    )
    headline = Headline(
        "of the best of eight by CLIP show the thing asked for",
        best.value,
        percent(best.value),
        interval(best, 100, 1),
        note,
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_ranking(numbers), _order(numbers)]


def gain_of(numbers: Metrics) -> Estimate:
    """The best of eight less the average of the eight."""
    accuracy = numbers.thing_accuracy
    return paired_difference(numbers.gain, accuracy.best_of_8, accuracy.best_of_1)


def _ranking(numbers: Metrics) -> Finding:
    gain = gain_of(numbers)
    lead = {
        1: "The best of eight by CLIP shows the thing more often than the average of the eight",
        0: "No effect of choosing the best of eight by CLIP on how often the thing is shown is distinguishable",
        -1: "The best of eight by CLIP shows the thing less often than the average of the eight",
    }[direction(gain)]
    text = (
        f"On average over the eight, {with_interval(numbers.thing_accuracy.best_of_1)} of the pictures show the thing; "
        f"of those that CLIP ranks first, {with_interval(numbers.thing_accuracy.best_of_8)}: {paired_points(gain)}, "
        f"prompt by prompt. In real pictures of the same prompts the judge reads it in "
        f"{with_interval(numbers.real.thing_accuracy)}. In {percent(numbers.any_right.best_of_8.value)} of the prompts "
        "at least one of the eight is correct, which is the most that any order could reach."
    )
    return Finding(lead, text)


def _order(numbers: Metrics) -> Finding:
    found, correct = numbers.rank_correlation, numbers.thing_accuracy.best_of_1.value
    lead = {
        1: "CLIP’s order of the pictures of a prompt correlates positively with the judge’s",
        0: "No correlation of CLIP’s order with the judge’s is distinguishable",
        -1: "CLIP’s order of the pictures of a prompt correlates negatively with the judge’s",
    }[direction(found)]
    size = f" By Cohen (1988) its size is {_size(found.value)}." if direction(found) else ""
    text = (
        f"The mean rank correlation within a prompt is {decimal(found.value)} {interval(found)}; 1 is the same order, "
        f"0 no relation, −1 the reverse order.{size}"
    )
    if correct >= MOSTLY_CORRECT:
        text += f" {percent(correct)} of the pictures show the thing, so the order is mostly among correct pictures."
    return Finding(lead, text)


def _size(correlation: float) -> str:
    """Name the place of a correlation among Cohen's sizes."""
    below = [f"{word} ({limit:g})" for word, limit in SIZES if abs(correlation) >= limit]
    above = [f"{word} ({limit:g})" for word, limit in SIZES if abs(correlation) < limit]
    if not below:
        return f"below {above[0]}"
    return f"between {below[-1]} and {above[0]}" if above else f"at least {below[-1]}"


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "best_of": Figure(
            inputs.picture(STAGE, "best_of.png"),
            "Curve: share of chosen pictures classified correctly against the number they are chosen from",
            f"Band: 95 % interval over {numbers.n} prompts.",
            "plot",
        ),
        "ranked": Figure(
            inputs.picture(STAGE, "ranked.png"),
            "Grid: a row for each prompt, its pictures ordered by CLIP",
            "Prompts drawn by chance; the closest picture on the left. Below each 100 times the cosine, and whether "
            "the judge reads the thing that was asked for.",
        ),
        "prompt": Figure(
            inputs.picture(STAGE, "prompt.png"),
            "A row of pictures of one prompt, ordered by CLIP",
            "The prompt nearest to the report’s own, ordered alike; below each 100 times the cosine.",
        ),
    }


STUDY = Study(
    slug="generate-ranked",
    number="A3",
    title="Text to image, ranked by CLIP",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Generated pictures in a row, below each its prompt",
        "For each prompt the generated picture that CLIP ranks first.",
    ),
)
