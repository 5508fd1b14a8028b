"""A3: several pictures of a prompt, ordered by CLIP."""

from __future__ import annotations

import math
from typing import Any

from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import OUTCOMES, decimal, direction, interval, percent, points, with_interval
from rediffuse.studies.a3_generate_ranked.metrics import Metrics

STAGE = Metrics.STAGE
SIZES = {0.3: "weakly", 0.5: "moderately", math.inf: "strongly"}  # of a correlation below it: Cohen (1988)


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers)}
    best = numbers.thing_accuracy.best_of_8
    note = (
        f"by the judge; {percent(numbers.thing_accuracy.best_of_1.value)} without choosing, "
        f"{OUTCOMES[direction(numbers.gain)]}; {numbers.n} prompts"
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


def _ranking(numbers: Metrics) -> Finding:
    lead = {
        1: "The best of eight by CLIP shows the thing more often than a picture taken by chance",
        0: "No effect of choosing the best of eight by CLIP on how often the thing is shown is distinguishable",
        -1: "The best of eight by CLIP shows the thing less often than a picture taken by chance",
    }[direction(numbers.gain)]
    text = (
        f"Of pictures taken by chance {with_interval(numbers.thing_accuracy.best_of_1)} show the thing, of the closest "
        f"of eight {with_interval(numbers.thing_accuracy.best_of_8)}: {points(numbers.gain)}, prompt by prompt. In "
        f"real pictures of the same prompts the judge reads it in {with_interval(numbers.real.thing_accuracy)}. In "
        f"{percent(numbers.any_right.best_of_8.value)} of the prompts one of the eight is right, which is the most "
        "that any order could reach."
    )
    return Finding(lead, text)


def _order(numbers: Metrics) -> Finding:
    found = numbers.rank_correlation
    size = next(word for limit, word in SIZES.items() if abs(found.value) < limit)
    lead = {
        1: f"CLIP’s order of the pictures of a prompt agrees {size} with the judge’s",
        0: "No agreement of CLIP’s order with the judge’s is distinguishable",
        -1: f"CLIP’s order of the pictures of a prompt is {size} opposed to the judge’s",
    }[direction(found)]
    text = (
        f"The mean rank correlation within a prompt is {decimal(found.value)} {interval(found)}; 1 is the same order, "
        "0 none in common. Below 0.3 it is called weak, from 0.5 on strong (Cohen 1988)."
    )
    return Finding(lead, text)


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
