"""A7: the guidance scale, a negative prompt and quality words."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import (
    decimal,
    difference,
    direction,
    interval,
    percent,
    points,
    two_movements,
    with_interval,
)
from rediffuse.studies.a7_sweep_guidance.metrics import CELLS, Change, Metrics

STAGE = Metrics.STAGE
NEAR_ALL = 0.98  # above this share Student's interval of a difference is too short
CEILING = "Near 100 % Student’s interval is too short, so a difference counts only if that of the two shares agrees. "


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    found = numbers.best.thing_accuracy
    headline = Headline(
        "of drawn pictures show the thing that was asked for",
        found.value,
        percent(found.value),
        interval(found, 100, 1),
        f"real pictures of the same prompts: {percent(numbers.ceiling.thing_accuracy.value)}; {numbers.best.n} "
        f"pictures of {numbers.best.prompts} prompts",
    )
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers), "cells": CELLS}
    frames = inputs.frames(STAGE)
    data["scrubber"] = Scrubber(
        "guidance-scale",
        "Guidance scale",
        tuple(frame.picture for frame in frames),
        tuple(f"scale {frame.number:g}" for frame in frames),
        "Pictures of the same prompts and noises at one guidance scale",
        "Every frame starts from the same noises.",
    )
    data["clip_gap"] = _clip_gap(numbers)
    data["changes"] = {name: numbers.cells.change[cell] for cell, name in CELLS.items()} | {"guidance": numbers.guided}
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    words = [_words(numbers, cell) for cell in ("negative", "suffix")]
    return [_best(numbers), _guided(numbers), *words, _price(numbers)]


def _best(numbers: Metrics) -> Finding:
    gap, clip = numbers.gap, _clip_gap(numbers)
    outcome = {-1: "lower", 0: "not distinguishable", 1: "higher"}
    thing, scene = (_beside_real(numbers, key) for key in ("thing_accuracy", "scene_accuracy"))
    unsure = (thing, scene) != (direction(gap.thing_accuracy), direction(gap.scene_accuracy))
    lead = (
        "Against real pictures, the judge’s accuracy on generated ones is "
        f"{outcome[thing]} for the thing and {outcome[scene]} for the scene"
    )
    text = (
        f"{with_interval(numbers.best.thing_accuracy)} of {numbers.best.n} pictures at guidance scale "
        f"{numbers.best.guidance_scale:g} are classified correctly by thing and "
        f"{with_interval(numbers.best.scene_accuracy)} by scene; "
        f"of real pictures of the same prompts {with_interval(numbers.ceiling.thing_accuracy)} and "
        f"{with_interval(numbers.ceiling.scene_accuracy)}. Prompt by prompt that is "
        f"{points(gap.thing_accuracy)} for the thing and {points(gap.scene_accuracy)} for the scene. CLIP’s score is "
        f"{decimal(numbers.best.clip_score.value, 1)} against {decimal(numbers.ceiling.clip_score.value, 1)} on real "
        f"pictures, a difference of {decimal(clip.value, 1)} {interval(clip, 1, 1)}, the two taken as independent. "
        f"{CEILING if unsure else ''}The scale was chosen on other prompts and noises."
    )
    return Finding(lead, text)


def _beside_real(numbers: Metrics, key: str) -> int:
    """How generated pictures compare with real ones; near 100 % the interval of the two shares must agree."""
    paired, shares = direction(numbers.gap[key]), (numbers.best[key], numbers.ceiling[key])
    if max(share.value for share in shares) < NEAR_ALL:
        return paired
    return paired if direction(difference(*shares)) == paired else 0


def _clip_gap(numbers: Metrics) -> Estimate:
    """CLIP's score on generated less that on real pictures; the interval takes the two as independent."""
    return difference(numbers.best.clip_score, numbers.ceiling.clip_score)


def _guided(numbers: Metrics) -> Finding:
    peak = max(numbers.curve.plain.values(), key=lambda point: point.clip_cosine.value)
    return Finding(
        f"{_span(numbers)} {_moved(numbers.guided)}",
        "The cosine moves by "
        f"{decimal(numbers.guided.clip_cosine.value, 3)} {interval(numbers.guided.clip_cosine, 1, 3)} and the "
        f"accuracy by {points(numbers.guided.thing_accuracy)}, prompt by prompt. Of the scales that were tried, "
        f"{peak.guidance_scale:g} has the highest mean cosine, {decimal(peak.clip_cosine.value, 3)} "
        f"{interval(peak.clip_cosine, 1, 3)}.",
    )


def _span(numbers: Metrics) -> str:
    """The two scales that ``guided`` compares."""
    return f"At scale {numbers.guided.to:g}, against scale {numbers.guided.start:g},"


def _moved(found: Change) -> str:
    return two_movements("CLIP’s cosine", found.clip_cosine, "the judge’s accuracy", found.thing_accuracy)


def _words(numbers: Metrics, cell: str) -> Finding:
    found: Change = numbers.cells.change[cell]
    return Finding(
        f"At scale {numbers.cells.guidance_scale:g}, with the {CELLS[cell]}, {_moved(found)}",
        f"It moves the cosine by {decimal(found.clip_cosine.value, 3)} "
        f"{interval(found.clip_cosine, 1, 3)} and the accuracy by {points(found.thing_accuracy)}, prompt by prompt. "
        "The report found that it helped.",
    )


def _price(numbers: Metrics) -> Finding:
    varied, bright = numbers.guided.diversity, numbers.guided.saturation
    least = min(numbers.curve.plain.values(), key=lambda point: point.diversity.value)
    return Finding(
        f"{_span(numbers)} {two_movements('the distance between seeds', varied, 'the saturation', bright)}",
        f"The distance between pictures of one prompt in the judge’s features moves by {decimal(varied.value)} "
        f"{interval(varied)}, the saturation by {decimal(bright.value, 3)} {interval(bright, 1, 3)}. The mean distance "
        f"is least at scale {least.guidance_scale:g}, {decimal(least.diversity.value)} {interval(least.diversity)}.",
    )


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "curves": Figure(
            inputs.picture(STAGE, "curves.png"),
            "Four curves over the guidance scale: CLIP cosine, accuracy, saturation, distance between seeds",
            f"The same noises at every scale in every cell. Bands: 95 % interval over {numbers.sweep_n.prompts} "
            "prompts.",
            "plot",
        ),
        "strip": Figure(
            inputs.picture(STAGE, "strip.png"),
            "Grid: a row for each prompt, a column for each guidance scale",
            "One noise for each prompt, drawn at every scale without negative prompt and suffix.",
        ),
        "best": Figure(
            inputs.picture(STAGE, "best.png"),
            "Grid of drawn pictures with what the judge read",
            f"Prompts drawn by chance, at scale {numbers.best.guidance_scale:g}; below each the thing that the judge "
            "read and its probability in percent.",
        ),
    }


STUDY = Study(
    slug="sweep-guidance",
    number="A7",
    title="Guidance, a negative prompt and quality words",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Generated pictures in a row, at rising guidance scale",
        "One prompt and one noise at rising guidance scale.",
    ),
)
