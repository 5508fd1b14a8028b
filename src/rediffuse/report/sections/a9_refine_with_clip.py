"""A9: noises moved by the gradient of CLIP's similarity."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import (
    OUTCOMES,
    decimal,
    difference,
    direction,
    interval,
    listing,
    percent,
    points,
    two_movements,
    with_interval,
)
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
    data: dict[str, Any] = {
        "numbers": numbers,
        "against_real": against_real(numbers),
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    found = numbers.judge_success
    headline = Headline(
        "of the refined noises give the thing and the scene asked for",
        found.after.value,
        percent(found.after.value),
        interval(found.after, 100, 1),
        f"{percent(found.before.value)} before, {OUTCOMES[direction(found.change)]}; {numbers.judge_success.n} prompts",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_success(numbers), _real(numbers), _late(numbers), _ranking(numbers)]


def _success(numbers: Metrics) -> Finding:
    found, clip = numbers.judge_success, numbers.clip_score
    thing, scene = numbers.thing_accuracy.change, numbers.scene_accuracy.change
    lead = {
        1: "After the ascent a judge that is not optimized classifies thing and scene correctly more often",
        0: f"No effect of the {numbers.iterations} steps of the ascent on how often the judge classifies thing and "
        "scene correctly is distinguishable",
        -1: "After the ascent a judge that is not optimized classifies thing and scene correctly less often",
    }[direction(found.change)]
    if found.change.low is not None and found.change.low >= MUCH:
        lead = lead.replace("more often", "far more often")
    lead += _alone(found.change, thing, scene, {1: "more often", -1: "less often"})
    text = (
        f"Both are classified correctly in {with_interval(found.before)} of the pictures before and in "
        f"{with_interval(found.after)} after {numbers.iterations} steps: {points(found.change)}, prompt by prompt. "
        f"For the thing alone it is {points(thing)}, for the scene alone {points(scene)}. "
        f"CLIP’s score goes from {decimal(clip.before.value)} to {decimal(clip.after.value)}. "
        f"The report saw a dragon in 2 or 3 of 10 runs.{_chosen(numbers)}"
    )
    return Finding(lead, text)


def _alone(both: Estimate, thing: Estimate, scene: Estimate, words: dict[int, str]) -> str:
    """Name the thing or the scene where it alone moves otherwise than both together."""
    parts = {"thing": direction(thing), "scene": direction(scene)}
    found = [f"{words[way]} for the {name} alone" for name, way in parts.items() if way not in (0, direction(both))]
    return f"; {listing(found)}" if found else ""


def _chosen(numbers: Metrics) -> str:
    """What limits the choice of the learning rate."""
    rate, rates = numbers.chosen.learning_rate, {float(key): place for key, place in numbers.learning_rates.items()}
    text, tried = "", sorted(rates)
    if len(tried) > 1 and rate in (tried[0], tried[-1]):
        end = "least" if rate == tried[0] else "largest"
        text += f" The learning rate {rate:g} is the {end} that was tried; one beyond may do better."
    at_end = rates[rate].judge_success.value
    equals = [f"{other:g}" for other in tried if other != rate and rates[other].judge_success.value >= at_end]
    if equals:
        text += f" At the end of the ascent {listing(equals)} did at least as well on the prompts that chose."
    return text


def against_real(numbers: Metrics) -> dict[str, Estimate]:
    """Compute refined less real pictures for the thing and for the scene, the two taken as independent."""
    return {
        "thing": difference(numbers.thing_accuracy.after, numbers.real.thing_accuracy),
        "scene": difference(numbers.scene_accuracy.after, numbers.real.scene_accuracy),
    }


def _real(numbers: Metrics) -> Finding:
    both, alone = numbers.real.difference, against_real(numbers)
    lead = {
        1: "The judge’s accuracy on refined pictures is higher than that on real ones",
        0: "The judge’s accuracy on refined pictures is not distinguishable from that on real ones",
        -1: "The judge’s accuracy on refined pictures is lower than that on real ones",
    }[direction(both)]
    lead += _alone(both, alone["thing"], alone["scene"], {1: "higher", -1: "lower"})
    text = (
        "In real pictures of the same prompts it classifies thing and scene correctly in "
        f"{with_interval(numbers.real.judge_success)}, in the pictures before the ascent in "
        f"{with_interval(numbers.judge_success.before)}. The refined pictures less the real ones: {points(both)}, "
        f"prompt by prompt. For the thing alone it is {points(alone['thing'])}, for the scene alone "
        f"{points(alone['scene'])}; these two intervals take refined and real pictures as independent."
    )
    if direction(both) > 0:
        text += " An accuracy above that on real pictures is no measure of quality."
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
        1: "correct more often than",
        0: "not distinguishable from",
        -1: "correct less often than",
    }[direction(ranked.difference)]
    lead = (
        f"With about as many passes through the denoiser, {ranked.iterations} steps of the ascent are {lead} the "
        f"best of {ranked.pictures} by CLIP"
    )
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
