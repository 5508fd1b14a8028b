"""A3: several pictures of a prompt, ordered by CLIP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.page.inputs import Estimate, Inputs, Metrics
from rediffuse.page.judges import Judge, read_judge
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, percent, points, with_interval

STAGE = "generate_ranked"
SIZES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Numbers:
    """metrics/generate_ranked.json, checked."""

    things: dict[int, Estimate]
    scenes: dict[int, Estimate]
    any_right: dict[int, Estimate]
    gain: Estimate
    correlation: Estimate
    clip: Estimate
    prompts: int
    pictures: int
    guidance_scale: float
    real_thing: Estimate  # the judge’s accuracy on real pictures of the same prompts
    real_scene: Estimate
    judge: Judge


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def shares(key: str, ends: str) -> dict[int, Estimate]:
        keys = {n: f"best_of_{n}" for n in SIZES}
        for name in keys.values():
            metrics.fraction(key, name)
        return {n: metrics.estimate((key, name), (ends, name)) for n, name in keys.items()}

    return Numbers(
        shares("thing_accuracy", "interval"),
        shares("scene_accuracy", "scene_interval"),
        shares("any_right", "any_right_interval"),
        metrics.estimate(("gain", "mean"), ("gain",)),
        metrics.estimate(("rank_correlation", "mean"), ("rank_correlation",)),
        metrics.estimate(("clip_score", "mean"), ("clip_score",)),
        metrics.count("n"),
        metrics.count("pictures"),
        metrics.number("guidance_scale"),
        metrics.estimate(("real", "thing_accuracy", "mean"), ("real", "thing_accuracy")),
        metrics.estimate(("real", "scene_accuracy", "mean"), ("real", "scene_accuracy")),
        read_judge(metrics),
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = read(inputs.metrics(STAGE))
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers)}
    best = numbers.things[8]
    note = f"{percent(numbers.things[1].value)} without choosing; {numbers.prompts} prompts"
    headline = Headline(
        "of the best of eight by CLIP show the thing asked for",
        best.value,
        percent(best.value),
        interval(best, 100, 1),
        note,
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_ranking(numbers), _order(numbers)]


def _ranking(numbers: Numbers) -> Finding:
    lead = {
        1: "Choosing by CLIP helps, and the judge agrees",
        0: "No effect of choosing by CLIP is distinguishable in these pictures",
        -1: "Choosing by CLIP does harm",
    }[direction(numbers.gain)]
    text = (
        f"Of pictures taken by chance {with_interval(numbers.things[1])} show the thing, of the closest of eight "
        f"{with_interval(numbers.things[8])}: {points(numbers.gain)}, prompt by prompt. In real pictures of the same "
        f"prompts the judge reads it in {with_interval(numbers.real_thing)}. In "
        f"{percent(numbers.any_right[8].value)} of the prompts one of the eight is right, which is the most that any "
        "order could reach."
    )
    return Finding(lead, text)


def _order(numbers: Numbers) -> Finding:
    lead = {
        1: "CLIP and the judge order the pictures of a prompt alike, more than by chance",
        0: "No agreement of CLIP’s order with the judge’s is distinguishable",
        -1: "CLIP orders the pictures of a prompt against the judge",
    }[direction(numbers.correlation)]
    found = numbers.correlation
    text = (
        f"The mean rank correlation within a prompt is {decimal(found.value)} {interval(found)}; 1 is the same order, "
        "0 none in common."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    return {
        "best_of": Figure(
            inputs.picture(STAGE, "best_of.png"),
            "Curve: share of chosen pictures classified correctly against the number they are chosen from",
            f"Band: 95 % interval over {numbers.prompts} prompts.",
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
