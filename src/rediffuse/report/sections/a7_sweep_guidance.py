"""A7: the guidance scale, a negative prompt and quality words."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE, paired_difference, paired_points
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import (
    decimal,
    difference,
    direction,
    interval,
    listing,
    movement,
    percent,
    points,
    two_movements,
    with_interval,
)
from rediffuse.studies.a7_sweep_guidance.metrics import CELLS, Change, Metrics

STAGE = Metrics.STAGE


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
    data["gap"] = {key: _gap(numbers, key) for key in ("thing_accuracy", "scene_accuracy")}
    frames = inputs.frames(STAGE)
    data["scrubber"] = Scrubber(
        "guidance-scale",
        "Guidance scale",
        tuple(frame.picture for frame in frames),
        tuple(f"scale {frame.number:g}" for frame in frames),
        "Pictures of the same prompts and noises at one guidance scale",
        "Every frame starts from the same noises.",
    )
    data["clip_gap"], data["shares_note"] = _clip_gap(numbers), SHARES_NOTE
    data["changes"] = {name: numbers.cells.change[cell] for cell, name in CELLS.items()} | {"guidance": numbers.guided}
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    words = [_words(numbers, cell) for cell in ("negative", "suffix")]
    return [_best(numbers), _guided(numbers), *words, _price(numbers)]


def _best(numbers: Metrics) -> Finding:
    clip = _clip_gap(numbers)
    outcome = {-1: "lower", 0: "not distinguishable", 1: "higher"}
    thing, scene = (_gap(numbers, key) for key in ("thing_accuracy", "scene_accuracy"))
    accuracy = f"{outcome[direction(thing)]} for the thing and {outcome[direction(scene)]} for the scene"
    if direction(thing) == direction(scene):
        accuracy = f"{outcome[direction(thing)]} for the thing and the scene"
    lead = (
        f"Against real pictures, the judge’s accuracy on generated ones is {accuracy}; CLIP’s score is "
        f"{outcome[direction(clip)]}"
    )
    text = (
        f"{with_interval(numbers.best.thing_accuracy)} of {numbers.best.n} pictures at guidance scale "
        f"{numbers.best.guidance_scale:g} are classified correctly by thing and "
        f"{with_interval(numbers.best.scene_accuracy)} by scene; "
        f"of real pictures of the same prompts {with_interval(numbers.ceiling.thing_accuracy)} and "
        f"{with_interval(numbers.ceiling.scene_accuracy)}. That is {paired_points(thing)} for the thing "
        f"and {paired_points(scene)} for the scene, prompt by prompt over {numbers.best.prompts} prompts. "
        f"CLIP’s score is {decimal(numbers.best.clip_score.value, 1)} against "
        f"{decimal(numbers.ceiling.clip_score.value, 1)} on real pictures, a difference of "
        f"{decimal(clip.value, 1)} {interval(clip, 1, 1)}, the two taken as independent. "
        "The scale was chosen on other prompts and noises."
    )
    return Finding(lead, text)


def _gap(numbers: Metrics, key: str) -> Estimate:
    """Generated less real pictures."""
    return paired_difference(numbers.gap[key], numbers.best[key], numbers.ceiling[key])


def _clip_gap(numbers: Metrics) -> Estimate:
    """CLIP's score on generated less that on real pictures; the interval takes the two as independent."""
    return difference(numbers.best.clip_score, numbers.ceiling.clip_score)


def _guided(numbers: Metrics) -> Finding:
    ordered = sorted(numbers.curve.plain.values(), key=lambda point: -point.clip_cosine.value)
    peak, after = ordered[0], ordered[1:2]
    text = (
        f"The cosine moves by {decimal(numbers.guided.clip_cosine.value, 3)} "
        f"{interval(numbers.guided.clip_cosine, 1, 3)} and the accuracy by {points(numbers.guided.thing_accuracy)}, "
        f"{_over(numbers)}. Of the scales tried with the plain prompt, {peak.guidance_scale:g} has the highest mean "
        f"cosine, {decimal(peak.clip_cosine.value, 3)} {interval(peak.clip_cosine, 1, 3)}"
    )
    for point in after:
        text += (
            f"; {point.guidance_scale:g} comes next with {decimal(point.clip_cosine.value, 3)}, and the two were not "
            "tested against each other"
        )
    return Finding(f"{_span(numbers)} {_moved(numbers.guided)}", f"{text}.")


def _over(numbers: Metrics) -> str:
    """The size of the sweep, which is less than that of the final evaluation."""
    return f"prompt by prompt over {numbers.sweep_n.prompts} prompts ({numbers.sweep_n.pictures} pictures)"


def _span(numbers: Metrics) -> str:
    """The two scales that ``guided`` compares."""
    return f"At scale {numbers.guided.to:g}, against scale {numbers.guided.start:g},"


def _moved(found: Change) -> str:
    return two_movements("CLIP’s cosine", found.clip_cosine, "the judge’s accuracy", found.thing_accuracy)


def _words(numbers: Metrics, cell: str) -> Finding:
    found: Change = numbers.cells.change[cell]
    sides = (("the saturation", found.saturation), ("the distance between seeds", found.diversity))
    lead = f"At scale {numbers.cells.guidance_scale:g}, with the {CELLS[cell]}, {_moved(found)}"
    decided = [f"{name} {movement(side)}" for name, side in sides if direction(side)]
    return Finding(
        f"{lead}; {listing(decided)}" if decided else lead,
        f"It moves the cosine by {decimal(found.clip_cosine.value, 3)} {interval(found.clip_cosine, 1, 3)}, the "
        f"accuracy by {points(found.thing_accuracy)}, the saturation by {decimal(found.saturation.value, 3)} "
        f"{interval(found.saturation, 1, 3)} and the distance between pictures from different seeds by "
        f"{decimal(found.diversity.value)} {interval(found.diversity)}, {_over(numbers)}. The report found that it "
        "helped.",
    )


def _price(numbers: Metrics) -> Finding:
    varied, bright = numbers.guided.diversity, numbers.guided.saturation
    ordered = sorted(numbers.curve.plain.values(), key=lambda point: point.guidance_scale)
    least = min(ordered, key=lambda point: point.diversity.value)
    ends = [point for point in (ordered[0], ordered[-1]) if point is not least]
    others = listing([f"{decimal(point.diversity.value)} at scale {point.guidance_scale:g}" for point in ends])
    distance = "the distance between pictures from different seeds"
    return Finding(
        f"{_span(numbers)} {two_movements(distance, varied, 'the saturation', bright)}",
        f"The distance between pictures of one prompt in the judge’s features moves by {decimal(varied.value)} "
        f"{interval(varied)}, the saturation by {decimal(bright.value, 3)} {interval(bright, 1, 3)}, {_over(numbers)}. "
        f"With the plain prompt, the mean distance is least at scale {least.guidance_scale:g}, "
        f"{decimal(least.diversity.value)} {interval(least.diversity)}{f'; it is {others}' if others else ''}. "
        "Other pairs of scales were not tested.",
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
