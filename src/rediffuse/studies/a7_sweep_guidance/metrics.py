"""A7: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from rediffuse.evaluation.metrics import Count, Filled, Measured, Number, Part, Share, StageMetrics

CELLS = {"negative": "negative prompt", "suffix": "suffix", "both": "both"}


class Quality(Part):
    """Pictures, drawn or real, as CLIP and the judge read them; intervals over prompts."""

    thing_accuracy: Share
    scene_accuracy: Share
    clip_score: Measured
    n: Count
    prompts: Count


class Best(Quality):
    """Pictures at the scale that the sweep chose."""

    guidance_scale: Number


class Gap(Part):
    """Of drawn less real pictures, prompt by prompt."""

    thing_accuracy: Measured
    scene_accuracy: Measured


class Change(Part):
    """By how much the measures move, prompt by prompt."""

    clip_cosine: Measured
    thing_accuracy: Measured
    saturation: Measured
    diversity: Measured


class Guided(Change):
    """The plain cell at scale ``to`` less that at the lowest."""

    start: Number = Field(alias="from")
    to: Number


class Changes(Part):
    """Of each cell against the plain one."""

    negative: Change
    suffix: Change
    both: Change


class Cells(Part):
    """The cells at one scale."""

    guidance_scale: Number
    change: Changes


class Point(Change):
    """One cell at one scale."""

    guidance_scale: Number
    clipped: Measured


Points = Annotated[dict[str, Point], Filled]  # by scale


class Curve(Part):
    """Every cell at every scale."""

    plain: Points
    negative: Points
    suffix: Points
    both: Points


class Counts(Part):
    """Of the sweep."""

    prompts: Count
    pictures: Count


class Metrics(StageMetrics):
    """All numbers of ``sweep_guidance``."""

    STAGE = "sweep_guidance"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "best.guidance_scale",
        "best.thing_accuracy.mean",
        "best.scene_accuracy.mean",
        "gap.thing_accuracy.mean",
        "guided.thing_accuracy.mean",
    )

    best: Best
    ceiling: Quality
    gap: Gap
    curve: Curve
    cells: Cells
    guided: Guided
    sweep_n: Counts
