"""A9: noises moved by the gradient of CLIP's similarity."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate, Share
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE, paired_difference, paired_points
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
from rediffuse.studies.a9_refinement.metrics import Change, Metrics

STAGE = Metrics.STAGE
SHARES = ("judge_success", "thing_accuracy", "scene_accuracy")
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
        "shares_note": SHARES_NOTE,
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    found = numbers.judge_success
    headline = Headline(
        "of the refined noises give the thing and the scene asked for",
        found.after.value,
        percent(found.after.value),
        interval(found.after, 100, 1),
        f"{percent(found.before.value)} before, {OUTCOMES[direction(_change(found))]}; {found.n} prompts",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_success(numbers), _real(numbers), _late(numbers), _ranking(numbers)]


def _change(found: Change[Share]) -> Estimate:
    return paired_difference(found.change, found.after, found.before)


def _success(numbers: Metrics) -> Finding:
    found, clip = numbers.judge_success, numbers.clip_score
    change, thing, scene = (_change(numbers[key]) for key in SHARES)
    lead = {
        1: "After the ascent a judge that is not optimized classifies thing and scene correctly more often",
        0: f"No effect of the {numbers.iterations} steps of the ascent on how often the judge classifies thing and "
        "scene correctly is distinguishable",
        -1: "After the ascent a judge that is not optimized classifies thing and scene correctly less often",
    }[direction(change)]
    if change.low is not None and change.low >= MUCH:
        lead = lead.replace("more often", "far more often")
    lead += _alone(change, thing, scene, {1: "more often", -1: "less often"})
    text = (
        f"Both are classified correctly in {with_interval(found.before)} of the pictures before and in "
        f"{with_interval(found.after)} after {numbers.iterations} steps: {paired_points(change)}, prompt by prompt. "
        f"For the thing alone it is {paired_points(thing)}, for the scene alone {paired_points(scene)}. "
        f"CLIP’s score goes from {decimal(clip.before.value)} to {decimal(clip.after.value)}."
        f"{_peak(numbers)}{_chosen(numbers)}"
    )
    return Finding(lead, text)


def _alone(both: Estimate, thing: Estimate, scene: Estimate, words: dict[int, str]) -> str:
    """Name the thing or the scene where it alone moves otherwise than both together."""
    parts = {"thing": direction(thing), "scene": direction(scene)}
    found = [f"{words[way]} for the {name} alone" for name, way in parts.items() if way not in (0, direction(both))]
    return f"; {listing(found)}" if found else ""


def _peak(numbers: Metrics) -> str:
    """The highest share along the ascent, where it is not the last."""
    place, best = max(numbers.curve.items(), key=lambda item: item[1].judge_success.value)
    if best.judge_success.value <= numbers.judge_success.after.value:
        return ""
    return (
        f" The highest share along the ascent is {with_interval(best.judge_success)} at step {place}; it was not "
        "tested against the others."
    )


def _chosen(numbers: Metrics) -> str:
    """What limits the choice of the learning rate."""
    rate, rates = numbers.chosen.learning_rate, {float(key): place for key, place in numbers.learning_rates.items()}
    tried = sorted(rates)
    if len(tried) == 1:
        return ""
    shares = listing([f"{_count(rates[other].judge_success)} with {other:g}" for other in tried])
    text = (
        f" The learning rate {rate:g} was chosen on other prompts by the judge’s successes, summed over the ascent; at "
        f"its end they are {shares}."
    )
    if rate in (tried[0], tried[-1]):
        text += f" {rate:g} is the {'least' if rate == tried[0] else 'largest'} that was tried."
    by_clip = max(tried, key=lambda other: rates[other].clip_score.value)
    if by_clip != rate:
        scores = [decimal(rates[other].clip_score.value) for other in (by_clip, rate)]
        text += f" CLIP’s score is {scores[0]} with {by_clip:g} and {scores[1]} with {rate:g}, which was not tested."
    return text


def _count(share: Estimate) -> str:
    return percent(share.value) if share.n is None else f"{round(share.value * share.n)} of {share.n}"


def against_real(numbers: Metrics) -> dict[str, Estimate]:
    """Compute refined less real pictures for the thing and for the scene, the two taken as independent."""
    return {
        "thing": difference(numbers.thing_accuracy.after, numbers.real.thing_accuracy),
        "scene": difference(numbers.scene_accuracy.after, numbers.real.scene_accuracy),
    }


def _real_difference(numbers: Metrics) -> Estimate:
    return paired_difference(numbers.real.difference, numbers.judge_success.after, numbers.real.judge_success)


def _real(numbers: Metrics) -> Finding:
    both, alone = _real_difference(numbers), against_real(numbers)
    lead = {
        1: "The judge’s accuracy on refined pictures is higher than that on real ones",
        0: "The judge’s accuracy on refined pictures is not distinguishable from that on real ones",
        -1: "The judge’s accuracy on refined pictures is lower than that on real ones",
    }[direction(both)]
    lead += _alone(both, alone["thing"], alone["scene"], {1: "higher", -1: "lower"})
    text = (
        "In real pictures of the same prompts it classifies thing and scene correctly in "
        f"{with_interval(numbers.real.judge_success)}, in the pictures before the ascent in "
        f"{with_interval(numbers.judge_success.before)}. The refined pictures less the real ones: "
        f"{paired_points(both)}, prompt by prompt. For the thing alone it is {points(alone['thing'])}, "
        f"for the scene alone {points(alone['scene'])}; these two intervals take refined and real "
        "pictures as independent."
    )
    if direction(both) > 0:
        text += " An accuracy above that on real pictures is no measure of quality."
    return Finding(lead, text)


def _late_change(numbers: Metrics) -> Estimate:
    start = numbers.curve[str(numbers.late.start)].judge_success
    return paired_difference(numbers.late.judge_success, numbers.judge_success.after, start)


def _late(numbers: Metrics) -> Finding:
    change, half = _late_change(numbers), numbers.curve[str(numbers.late.start)]
    early = difference(half.judge_success, numbers.judge_success.before)
    text = (
        f"From step {numbers.late.start} to step {numbers.iterations} CLIP’s score moves by "
        f"{decimal(numbers.late.clip_score.value)} {interval(numbers.late.clip_score)}, the judge’s success by "
        f"{paired_points(change)}. From the start to step {numbers.late.start} they move by "
        f"{decimal(half.clip_score.value - numbers.clip_score.before.value)} and {points(early)}; this "
        "interval takes the two as independent."
    )
    moved = two_movements("CLIP’s score", numbers.late.clip_score, "the judge’s success", change)
    return Finding(f"In the second half of the ascent {moved}", text)


def _ranked_difference(numbers: Metrics) -> Estimate:
    ranked = numbers.ranked
    return paired_difference(ranked.difference, ranked.refined, ranked.judge_success)


def _ranking(numbers: Metrics) -> Finding:
    ranked, found = numbers.ranked, _ranked_difference(numbers)
    gain = difference(ranked.judge_success, numbers.judge_success.before)
    lead = {
        1: "correct more often than",
        0: "not distinguishably more or less often correct than",
        -1: "correct less often than",
    }[direction(found)]
    lead = (
        f"With about as many passes through the denoiser, pictures after {ranked.iterations} steps of the ascent are "
        f"{lead} the best of {ranked.pictures} by CLIP"
    )
    text = (
        f"Of {ranked.pictures} pictures of a prompt the closest by CLIP is correct in "
        f"{with_interval(ranked.judge_success)}, the picture after {ranked.iterations} steps in "
        f"{with_interval(ranked.refined)}: {paired_points(found)}, prompt by prompt. A backward pass counts "
        f"as two. Against one picture before the ascent, choosing changes the share by {points(gain)}, "
        "the two taken as independent."
    )
    if direction(gain) == 0:
        text += " It is neither shown that choosing helps nor that it does not."
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
