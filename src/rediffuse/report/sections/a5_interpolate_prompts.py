"""A5: from one prompt to another."""

from __future__ import annotations

import math
from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, negated, two_movements
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections.a5_interpolate_prompts_changes import PLACES, READ, change_findings
from rediffuse.studies.a5_interpolate_prompts.metrics import Metrics

STAGE = Metrics.STAGE
WAYS = ("lerp", "slerp")


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report that is reproduced gave no number."""
    del references
    numbers = inputs.numbers(Metrics)
    ordered = sorted(numbers.by_pair, key=lambda pair: numbers.by_pair[pair].slerp)
    data: dict[str, Any] = {
        "numbers": numbers,
        "least": ordered[0],
        "most": ordered[-1],
        "ways": WAYS,
        "places": dict(zip(PLACES, ("α = 0", "half-way", "α = 1"), strict=True)),
        "read": READ,
        "answer": change_findings(numbers),
        "figures": _figures(inputs, numbers),
        "scrubber": _scrubber(inputs, numbers),
    }
    found = numbers.evenness.slerp
    headline = Headline(
        "evenness of the way between two prompts, 1 where all steps are equal",
        found.value,
        decimal(found.value),
        interval(found),
        f"slerp; lerp has {decimal(numbers.evenness.lerp.value)}; n = {numbers.n} ways of {numbers.pairs} pairs",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_passes(numbers), _even(numbers), *change_findings(numbers), _spherical(numbers)]


def _passes(numbers: Metrics) -> Finding:
    points, passes = list(numbers.similarity.slerp.values()), numbers.passes
    first, last = points[0], points[-1]
    if direction(passes.start) < 0 and direction(passes.end) > 0:
        lead = "On average, CLIP finds a prompt nearer to its own end of the way than to the other"
    else:
        moved = two_movements("first prompt", passes.start, "that with the second", passes.end)
        lead = f"From one end to the other, CLIP’s mean cosine with the {moved}"
    text = (
        f"The cosine with the first prompt goes from {_three(first.start)} to {_three(last.start)}, a "
        f"change of {_three(passes.start)} over {numbers.pairs} pairs; that with the second from "
        f"{_three(first.end)} to {_three(last.end)}, a change of {_three(passes.end)}. "
        "The ends are the same pictures for slerp and lerp."
    )
    return Finding(lead, text)


def _even(numbers: Metrics) -> Finding:
    steps = list(numbers.steps.slerp.values())
    largest = max(range(len(steps)), key=lambda place: steps[place].value)
    lead = {
        1: "The inner steps of the way are, on average, larger than the first and the last",
        0: "The inner steps of the way are, on average, not distinguishable from the first and the last",
        -1: "The inner steps of the way are, on average, smaller than the first and the last",
    }[direction(numbers.middle)]
    moved = {
        1: f"are larger than the first and the last by {_three(numbers.middle)}",
        0: f"differ from the first and the last by {_three(numbers.middle)}",
        -1: f"are smaller than the first and the last by {_three(negated(numbers.middle))}",
    }[direction(numbers.middle)]
    text = (
        "A step is the Euclidean distance of two neighbouring pictures in CLIP’s space. With slerp, the inner steps "
        f"{moved} in the mean, pair by pair. "
        f"The largest mean step is number {largest + 1} of {len(steps)}, of {decimal(steps[largest].value, 3)} "
        f"{interval(steps[largest])}; the first is {decimal(steps[0].value, 3)} and the last "
        f"{decimal(steps[-1].value, 3)}. Evenness is {decimal(numbers.evenness.slerp.value)} "
        f"{interval(numbers.evenness.slerp)}: 1 where all steps are equal, 0 where one is the whole way."
    )
    return Finding(lead, text)


def _spherical(numbers: Metrics) -> Finding:
    found = numbers.difference.evenness
    lead = {
        1: "Over all pairs, slerp of the prompts makes a more even way than lerp",
        0: "Over all pairs, slerp and lerp of the prompts are not distinguishable in evenness",
        -1: "Over all pairs, lerp of the prompts makes a more even way than slerp",
    }[direction(found)]
    middle = math.cos(math.radians(numbers.angle.mean / 2))
    text = (
        f"The difference is {_three(found)}, pair by pair over {numbers.pairs} pairs. The states of two prompts lie "
        f"{decimal(numbers.angle.mean, 0)} degrees apart in the mean, so that the middle of the chord has "
        f"{decimal(middle)} of the arc’s radius; between two noises it has 0.71."
    )
    return Finding(lead, text)


def _three(estimate: Estimate) -> str:
    return f"{decimal(estimate.value, 3)} {interval(estimate, 1, 3)}"


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "strips": Figure(
            inputs.picture(STAGE, "strips.png"),
            "Strips of pictures: a row for each pair of prompts and way, a column for each α",
            "From one prompt to another at the same noise, by lerp and by slerp of the prompts’ states.",
        ),
        "similarity": Figure(
            inputs.picture(STAGE, "similarity.png"),
            "Curves over α: CLIP’s cosine of the picture with the first and with the second prompt",
            f"By slerp; mean of {numbers.n} ways. Shaded: 95 % interval over {numbers.pairs} pairs.",
            "plot",
        ),
        "steps": Figure(
            inputs.picture(STAGE, "steps.png"),
            "Curves of the distance between neighbouring pictures along the way",
            "Distance of neighbours in CLIP’s space. A perfectly even way would be flat.",
            "plot",
        ),
        **{kind: _judge_figure(inputs, kind, found.pairs) for kind, found in numbers.judge.items()},
    }


def _judge_figure(inputs: Inputs, kind: str, pairs: int) -> Figure:
    return Figure(
        inputs.picture(STAGE, f"{kind}.png"),
        f"Curves over α: the judge’s probability of the first prompt’s {kind}, of the second’s, and of any",
        f"The judge’s probability of both prompts’ {kind}, and its highest of any, along slerp. Shaded: 95 % interval "
        f"over the {pairs} pairs whose {kind} changes.",
        "plot",
    )


def _scrubber(inputs: Inputs, numbers: Metrics) -> Scrubber:
    frames, points = inputs.frames(STAGE), list(numbers.similarity.slerp.values())
    if len(frames) != len(points):
        raise InputError(
            f"{inputs.root / 'plots' / STAGE / 'frames'}: found {len(frames)} frames, expected {len(points)}, one for "
            f"each α of metrics/{STAGE}.json; run the stage {STAGE} again"
        )
    return Scrubber(
        "prompt-alpha",
        "α",
        tuple(frame.picture for frame in frames),
        tuple(f"α = {point.alpha:.3g}" for point in points),
        "Several pictures between two prompts at one α",
        "The first pair of prompts, by slerp, from several noises.",
    )


STUDY = Study(
    slug="interpolate-prompts",
    number="A5",
    title="Interpolation of prompts",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Generated pictures in a row, from one prompt to another",
        "From one prompt to another, always from the same noise.",
    ),
    questions={"interpolation": "What does interpolation tell about what the model knows?"},
)
