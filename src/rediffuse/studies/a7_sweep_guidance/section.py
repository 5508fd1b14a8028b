"""A7: the guidance scale, a negative prompt and quality words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.page.inputs import Estimate, Inputs, Metrics
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, percent, points, two_movements, with_interval

STAGE = "sweep_guidance"
CELLS = {"negative": "negative prompt", "suffix": "suffix", "both": "both"}


@dataclass(frozen=True)
class Quality:
    """Pictures, drawn or real, as CLIP and the judge read them."""

    thing: Estimate
    scene: Estimate
    clip: Estimate
    n: int
    prompts: int


@dataclass(frozen=True)
class Change:
    """By how much the measures move."""

    clip: Estimate
    thing: Estimate
    saturation: Estimate
    diversity: Estimate


@dataclass(frozen=True)
class Numbers:
    """metrics/sweep_guidance.json, checked."""

    best_scale: float
    best: Quality
    ceiling: Quality
    gap: dict[str, Estimate]  # of drawn less real pictures, prompt by prompt
    cells_scale: float
    cells: dict[str, Change]
    guided_from: float
    guided: Change
    prompts: int
    pictures: int
    curve: dict[str, dict[float, dict[str, Estimate]]]  # cell, scale, measure


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def quality(key: str) -> Quality:
        def told(name: str) -> Estimate:
            return metrics.estimate((key, name), (key, "interval", name))

        for name in ("thing_accuracy", "scene_accuracy"):
            metrics.fraction(key, name)
        counts = metrics.count(key, "n"), metrics.count(key, "prompts")
        return Quality(told("thing_accuracy"), told("scene_accuracy"), told("clip_score"), *counts)

    def change(*keys: str) -> Change:
        parts = ("clip_cosine", "thing_accuracy", "saturation", "diversity")
        return Change(*(metrics.estimate((*keys, part, "mean"), (*keys, part)) for part in parts))

    def point(cell: str, key: str) -> dict[str, Estimate]:
        names = ("clip_cosine", "thing_accuracy", "saturation", "clipped", "diversity")
        where = ("curve", cell, key)
        return {name: metrics.estimate((*where, name, "mean"), (*where, name)) for name in names}

    return Numbers(
        metrics.number("best", "guidance_scale"),
        quality("best"),
        quality("ceiling"),
        {key: metrics.estimate(("gap", key, "mean"), ("gap", key)) for key in ("thing_accuracy", "scene_accuracy")},
        metrics.number("cells", "guidance_scale"),
        {cell: change("cells", "change", cell) for cell in CELLS},
        metrics.number("guided", "from"),
        change("guided"),
        metrics.count("sweep_n", "prompts"),
        metrics.count("sweep_n", "pictures"),
        {
            cell: {
                metrics.number("curve", cell, key, "guidance_scale"): point(cell, key)
                for key in metrics.names("curve", cell)
            }
            for cell in ("plain", *CELLS)
        },
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = read(inputs.metrics(STAGE))
    found = numbers.best.thing
    headline = Headline(
        "of drawn pictures show the thing that was asked for",
        found.value,
        percent(found.value),
        interval(found, 100, 1),
        f"real pictures of the same prompts: {percent(numbers.ceiling.thing.value)}; n = {numbers.best.n}",
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
    data["changes"] = {CELLS[cell]: found for cell, found in numbers.cells.items()} | {"guidance": numbers.guided}
    return Content([headline], findings(numbers), data)


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    words = [_words(numbers, cell) for cell in ("negative", "suffix")]
    return [_best(numbers), _guided(numbers), *words, _price(numbers)]


def _best(numbers: Numbers) -> Finding:
    gap = numbers.gap["thing_accuracy"]
    lead = {
        -1: "Generated pictures are classified correctly less often than real ones",
        0: "The accuracy on generated pictures is not distinguishable from that on real ones",
        1: "Generated pictures are classified correctly more often than real ones",
    }[direction(gap)]
    text = (
        f"{with_interval(numbers.best.thing)} of {numbers.best.n} pictures at guidance scale {numbers.best_scale:g} "
        f"show the thing and {with_interval(numbers.best.scene)} the scene; of real pictures of the same prompts "
        f"{with_interval(numbers.ceiling.thing)} and {with_interval(numbers.ceiling.scene)}. Prompt by prompt that is "
        f"{points(gap)} for the thing and {points(numbers.gap['scene_accuracy'])} for the scene. The scale was "
        "chosen on other prompts and noises."
    )
    return Finding(lead, text)


def _guided(numbers: Numbers) -> Finding:
    return Finding(
        f"With guidance {_moved(numbers.guided)}",
        f"From scale {numbers.guided_from:g} to {numbers.cells_scale:g} the cosine moves by "
        f"{decimal(numbers.guided.clip.value, 3)} {interval(numbers.guided.clip, 1, 3)} and the accuracy by "
        f"{points(numbers.guided.thing)}, prompt by prompt.",
    )


def _moved(found: Change) -> str:
    return two_movements("CLIP’s cosine", found.clip, "the judge’s accuracy", found.thing)


def _words(numbers: Numbers, cell: str) -> Finding:
    found = numbers.cells[cell]
    return Finding(
        f"With the {CELLS[cell]} {_moved(found)}",
        f"At scale {numbers.cells_scale:g} it moves the cosine by {decimal(found.clip.value, 3)} "
        f"{interval(found.clip, 1, 3)} and the accuracy by {points(found.thing)}, prompt by prompt. The report found "
        "that it helped.",
    )


def _price(numbers: Numbers) -> Finding:
    varied, bright = numbers.guided.diversity, numbers.guided.saturation
    return Finding(
        f"With guidance {two_movements('the distance between seeds', varied, 'the saturation', bright)}",
        f"The distance between pictures of one prompt in the judge’s features moves by {decimal(varied.value)} "
        f"{interval(varied)}, the saturation by {decimal(bright.value, 3)} {interval(bright, 1, 3)}.",
    )


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    return {
        "curves": Figure(
            inputs.picture(STAGE, "curves.png"),
            "Four curves over the guidance scale: CLIP cosine, accuracy, saturation, distance between seeds",
            f"The same noises at every scale in every cell. Bands: 95 % interval over {numbers.prompts} prompts.",
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
            f"Prompts drawn by chance, at scale {numbers.best_scale:g}; below each the thing that the judge read and "
            "its probability in percent.",
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
