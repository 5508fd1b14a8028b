"""A9: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import Field

from rediffuse.evaluation.metrics import Count, Filled, Fraction, Measured, Number, Part, Share, StageMetrics, Whole
from rediffuse.evaluation.shared_metrics import Judge

T = TypeVar("T")


class Change(Part, Generic[T]):
    """A measure before and after the ascent, and its change prompt by prompt."""

    before: T
    after: T
    change: Measured
    n: Count


class Place(Part):
    """At one place of the ascent, or with one learning rate at its end."""

    judge_success: Share
    clip_score: Measured


class Late(Part):
    """The end of the ascent less the iteration ``from``."""

    start: Whole = Field(alias="from")
    judge_success: Measured
    clip_score: Measured


class Chosen(Part):
    """The learning rate, and the judge's success before the ascent on what chose it."""

    learning_rate: Number
    before: Fraction


class Ranked(Part):
    """The best of some pictures by CLIP, beside the ascent at the same cost."""

    pictures: Count
    judge_success: Share
    clip_score: Measured
    iterations: Count
    refined: Share
    difference: Measured


class Real(Part):
    """The judge's accuracy on real pictures of the prompts; ``difference``: of the refined pictures less these."""

    judge_success: Share
    thing_accuracy: Share
    scene_accuracy: Share
    difference: Measured


class Metrics(StageMetrics):
    """All numbers of ``refine_with_clip``; every interval is over prompts."""

    STAGE = "refine_with_clip"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "judge_success.before.mean",
        "judge_success.after.mean",
        "ranked.difference.mean",
        "real.difference.mean",
    )

    judge_success: Change[Share]
    clip_score: Change[Measured]
    thing_accuracy: Change[Share]
    scene_accuracy: Change[Share]
    late: Late
    curve: Annotated[dict[str, Place], Filled]  # by iteration
    learning_rates: Annotated[dict[str, Place], Filled]
    chosen: Chosen
    ranked: Ranked
    real: Real
    judge: Judge
    iterations: Count
