"""A9: noises moved by the gradient of CLIP's similarity."""

from __future__ import annotations

from typing import Any

from rediffuse.page.inputs import Inputs
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, percent, points, two_movements, with_interval
from rediffuse.studies.a9_refinement.metrics import Metrics

STAGE = Metrics.STAGE
MUCH = 0.2  # the page calls a rise large whose whole interval is at least this


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report's own count stands in the text."""
    del references
    numbers = inputs.numbers(Metrics)
    frames = inputs.frames(STAGE)
    scrubber = Scrubber(
        "refine-iterations",
        "Iterations",
        tuple(frame.picture for frame in frames),
        tuple(f"iteration {frame.number:g} of {numbers.iterations}" for frame in frames),
        "Pictures of one prompt from several noises while CLIP’s similarity is climbed",
        "The prompt nearest to the report’s dragon, from several noises, before the ascent and after each step.",
    )
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers), "scrubber": scrubber}
    found = numbers.judge_success
    headline = Headline(
        "of the refined noises give the thing and the scene asked for",
        found.after.value,
        percent(found.after.value),
        interval(found.after, 100, 1),
        f"{percent(found.before.value)} before; {numbers.judge_success.n} prompts",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_success(numbers), _real(numbers), _late(numbers), _ranking(numbers)]


def _success(numbers: Metrics) -> Finding:
    found, clip, chosen = numbers.judge_success, numbers.clip_score, numbers.chosen.learning_rate
    lead = {
        1: "Climbing CLIP’s similarity draws what was asked for more often, as a judge reads it that is not climbed",
        0: "The judge’s gain from climbing CLIP’s similarity is not distinguishable from none",
        -1: "Climbing CLIP’s similarity does harm, as the judge reads it",
    }[direction(found.change)]
    if found.change.low is not None and found.change.low >= MUCH:
        lead = lead.replace("more often", "far more often")
    text = (
        f"Thing and scene are classified correctly in {with_interval(found.before)} of the pictures before and in "
        f"{with_interval(found.after)} after {numbers.iterations} steps: {points(found.change)}, prompt by prompt. "
        f"CLIP’s score goes from {decimal(clip.before.value)} to {decimal(clip.after.value)}. "
        "The report saw a dragon in 2 or 3 of 10 runs."
    )
    tried = sorted(float(rate) for rate in numbers.learning_rates)
    if len(tried) > 1 and chosen in (tried[0], tried[-1]):
        end = "least" if chosen == tried[0] else "largest"
        text += f" The learning rate {chosen:g} is the {end} that was tried; one beyond may do better."
    return Finding(lead, text)


def _real(numbers: Metrics) -> Finding:
    lead = {
        1: "The judge is more accurate on refined than on real pictures, so its accuracy is no measure of quality here",
        0: "The judge’s accuracy on refined pictures is not distinguishable from that on real ones",
        -1: "The judge is less accurate on refined than on real pictures",
    }[direction(numbers.real.difference)]
    text = (
        "In real pictures of the same prompts it reads thing and scene in "
        f"{with_interval(numbers.real.judge_success)}. The refined pictures less the real ones: "
        f"{points(numbers.real.difference)}, prompt by prompt."
    )
    return Finding(lead, text)


def _late(numbers: Metrics) -> Finding:
    text = (
        f"From step {numbers.late.start} to step {numbers.iterations} CLIP’s score moves by "
        f"{decimal(numbers.late.clip_score.value)} {interval(numbers.late.clip_score)}, the judge’s success by "
        f"{points(numbers.late.judge_success)}."
    )
    moved = two_movements("CLIP’s score", numbers.late.clip_score, "the judge’s success", numbers.late.judge_success)
    return Finding(f"In the second half of the ascent {moved}", text)


def _ranking(numbers: Metrics) -> Finding:
    ranked = numbers.ranked
    lead = {
        1: "The gradient finds more than chance does at the same cost",
        0: "At the same cost, the gradient is not distinguishable from ordering random pictures by CLIP",
        -1: "At the same cost, ordering random pictures by CLIP does better",
    }[direction(ranked.difference)]
    text = (
        f"The closest of {ranked.pictures} pictures of a prompt is right in {with_interval(ranked.judge_success)}; "
        f"{ranked.iterations} steps, about as many passes through the denoiser, reach {with_interval(ranked.refined)}: "
        f"{points(ranked.difference)}."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "curve": Figure(
            inputs.picture(STAGE, "curve.png"),
            "Two curves against the iteration: share classified correctly by the judge, and CLIP’s score",
            f"Bands: 95 % intervals over {numbers.judge_success.n} prompts.",
            "plot",
        ),
        "rates": Figure(
            inputs.picture(STAGE, "rates.png"),
            "Two curves against the learning rate: share classified correctly by the judge, and CLIP’s score",
            "At the end of the ascent, on prompts and noises that only choose the learning rate.",
            "plot",
        ),
        "strips": Figure(
            inputs.picture(STAGE, "strips.png"),
            "Grid: a row for each prompt, a column for each place of the ascent",
            "Prompts drawn by chance. Below each picture 100 times the cosine, and whether the judge reads thing and "
            "scene.",
        ),
        "prompt": Figure(
            inputs.picture(STAGE, "prompt.png"),
            "Grid: a row for each noise of one prompt, a column for each place of the ascent",
            "The prompt nearest to the report’s dragon, which is not judged.",
        ),
    }


STUDY = Study(
    slug="refine-with-clip",
    number="A9",
    title="Refinement by CLIP",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pairs of generated pictures in a row, before the refinement and after",
        "Before and after the refinement, from the same noise; below: the prompt, and what the judge then finds.",
    ),
)
