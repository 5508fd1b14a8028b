"""A9: noises moved by the gradient of CLIP's similarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.page.inputs import Inputs, Metrics
from rediffuse.page.judges import Judge, read_judge
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, percent, points, two_movements, with_interval
from rediffuse.pipeline.metrics import Estimate

STAGE = "refine_with_clip"
PARTS = ("judge_success", "clip_score", "thing_accuracy", "scene_accuracy")
MUCH = 0.2  # the page calls a rise large whose whole interval is at least this


@dataclass(frozen=True)
class Change:
    """A measure before and after the ascent, and its change prompt by prompt."""

    before: Estimate
    after: Estimate
    change: Estimate


@dataclass(frozen=True)
class Ranked:
    """The best of some pictures by CLIP, beside the ascent at the same cost."""

    pictures: int
    iterations: int
    success: Estimate
    clip: Estimate
    refined: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Numbers:
    """metrics/refine_with_clip.json, checked."""

    changes: dict[str, Change]
    curve: dict[str, tuple[Estimate, Estimate]]  # by iteration: the judge's and CLIP's
    rates: dict[str, tuple[Estimate, Estimate]]  # by learning rate, at the end
    late_from: int
    late_success: Estimate
    late_clip: Estimate
    learning_rate: float
    chosen_before: float
    ranked: Ranked
    iterations: int
    n: int
    real: dict[str, Estimate]  # the judge’s accuracy on real pictures of the same prompts
    beyond_real: Estimate  # of the refined pictures less the real ones, prompt by prompt
    judge: Judge


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def told(*place: str) -> Estimate:
        return metrics.estimate((*place, "mean"), place)

    def change(key: str) -> Change:
        before, after = (metrics.estimate((key, end), (key, "interval", end)) for end in ("before", "after"))
        return Change(before, after, told(key, "change"))

    def pairs(key: str) -> dict[str, tuple[Estimate, Estimate]]:
        names = metrics.names(key)
        return {name: (told(key, name, "judge_success"), told(key, name, "clip_score")) for name in names}

    for end in ("before", "after"):
        metrics.fraction("judge_success", end)
    return Numbers(
        changes={key: change(key) for key in PARTS},
        curve=pairs("curve"),
        rates=pairs("learning_rates"),
        late_from=int(metrics.number("late", "from")),
        late_success=told("late", "judge_success"),
        late_clip=told("late", "clip_score"),
        learning_rate=metrics.number("chosen", "learning_rate"),
        chosen_before=metrics.fraction("chosen", "before"),
        ranked=Ranked(
            metrics.count("ranked", "pictures"),
            metrics.count("ranked", "iterations"),
            *(told("ranked", key) for key in ("judge_success", "clip_score", "refined", "difference")),
        ),
        iterations=metrics.count("iterations"),
        n=metrics.count("judge_success", "n"),
        real={key: told("real", key) for key in PARTS if key != "clip_score"},
        beyond_real=told("real", "difference"),
        judge=read_judge(metrics),
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report's own count stands in the text."""
    del references
    numbers = read(inputs.metrics(STAGE))
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
    found = numbers.changes["judge_success"]
    headline = Headline(
        "of the refined noises give the thing and the scene asked for",
        found.after.value,
        percent(found.after.value),
        interval(found.after, 100, 1),
        f"{percent(found.before.value)} before; {numbers.n} prompts",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_success(numbers), _real(numbers), _late(numbers), _ranking(numbers)]


def _success(numbers: Numbers) -> Finding:
    found, clip = numbers.changes["judge_success"], numbers.changes["clip_score"]
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
    tried = sorted(float(rate) for rate in numbers.rates)
    if len(tried) > 1 and numbers.learning_rate in (tried[0], tried[-1]):
        end = "least" if numbers.learning_rate == tried[0] else "largest"
        text += f" The learning rate {numbers.learning_rate:g} is the {end} that was tried; one beyond may do better."
    return Finding(lead, text)


def _real(numbers: Numbers) -> Finding:
    lead = {
        1: "The judge is more accurate on refined than on real pictures, so its accuracy is no measure of quality here",
        0: "The judge’s accuracy on refined pictures is not distinguishable from that on real ones",
        -1: "The judge is less accurate on refined than on real pictures",
    }[direction(numbers.beyond_real)]
    text = (
        "In real pictures of the same prompts it reads thing and scene in "
        f"{with_interval(numbers.real['judge_success'])}. The refined pictures less the real ones: "
        f"{points(numbers.beyond_real)}, prompt by prompt."
    )
    return Finding(lead, text)


def _late(numbers: Numbers) -> Finding:
    text = (
        f"From step {numbers.late_from} to step {numbers.iterations} CLIP’s score moves by "
        f"{decimal(numbers.late_clip.value)} {interval(numbers.late_clip)}, the judge’s success by "
        f"{points(numbers.late_success)}."
    )
    moved = two_movements("CLIP’s score", numbers.late_clip, "the judge’s success", numbers.late_success)
    return Finding(f"In the second half of the ascent {moved}", text)


def _ranking(numbers: Numbers) -> Finding:
    ranked = numbers.ranked
    lead = {
        1: "The gradient finds more than chance does at the same cost",
        0: "At the same cost, the gradient is not distinguishable from ordering random pictures by CLIP",
        -1: "At the same cost, ordering random pictures by CLIP does better",
    }[direction(ranked.difference)]
    text = (
        f"The closest of {ranked.pictures} pictures of a prompt is right in {with_interval(ranked.success)}; "
        f"{ranked.iterations} steps, about as many passes through the denoiser, reach {with_interval(ranked.refined)}: "
        f"{points(ranked.difference)}."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    return {
        "curve": Figure(
            inputs.picture(STAGE, "curve.png"),
            "Two curves against the iteration: share classified correctly by the judge, and CLIP’s score",
            f"Bands: 95 % intervals over {numbers.n} prompts.",
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
