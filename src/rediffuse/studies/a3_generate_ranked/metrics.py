"""A3: all numbers that the study reports."""

from __future__ import annotations

from typing import ClassVar

from rediffuse.evaluation.metrics import Count, Measured, Number, Part, Share, StageMetrics
from rediffuse.evaluation.shared_metrics import Judge


class BestOf(Part):
    """Shares of right pictures among those chosen by CLIP, each out of so many."""

    best_of_1: Share
    best_of_2: Share
    best_of_4: Share
    best_of_8: Share


class Real(Part):
    """The judge's accuracy on real pictures of the same prompts."""

    thing_accuracy: Share
    scene_accuracy: Share


class Metrics(StageMetrics):
    """All numbers of ``generate_ranked``; every interval is over prompts."""

    STAGE = "generate_ranked"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "thing_accuracy.best_of_1.mean",
        "thing_accuracy.best_of_8.mean",
        "gain.mean",
        "rank_correlation.mean",
    )

    thing_accuracy: BestOf
    scene_accuracy: BestOf
    any_right: BestOf
    gain: Measured
    rank_correlation: Measured
    clip_score: Measured
    real: Real
    judge: Judge
    n: Count
    pictures: Count
    guidance_scale: Number
