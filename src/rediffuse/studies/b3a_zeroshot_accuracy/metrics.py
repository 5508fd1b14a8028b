"""B3a: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from rediffuse.evaluation.metrics import Count, Estimate, Filled, Fraction, Measured, Part, StageMetrics, Text
from rediffuse.evaluation.shared_metrics import Accuracy, Beside, Interval


class Wording(Accuracy):
    """The class names in one wording."""

    change: Measured  # against the first wording, paired
    template: Text  # the first one
    templates: Count


class Things(Beside):
    """Things read among the words of all things."""

    acc5: Fraction
    things: Count


class OnWhite(Part):
    """Drawings without scene and placement."""

    all_things: Beside
    classes: Beside


class MeanPicture(Accuracy):
    """The scene whose mean picture is nearest."""

    lead: Measured


class Scenes(Interval):
    """The scene of pairs of a thing and a scene that training never showed together."""

    scene_accuracy: Fraction
    n: Count
    drawings: Count
    pairs: Count
    without_thing: Accuracy
    naming: Measured  # what naming the thing adds, paired
    baseline_mean_picture: MeanPicture

    @property
    def ours(self) -> Estimate:
        """The accuracy as an estimate."""
        return Estimate(self.scene_accuracy, self.low, self.high, self.n)

    @property
    def baseline(self) -> Estimate:
        """The baseline as an estimate."""
        return self.baseline_mean_picture.ours

    @property
    def lead(self) -> Estimate:
        """The accuracy less the baseline's."""
        return self.baseline_mean_picture.lead


class Metrics(StageMetrics, Beside):
    """All numbers of ``zeroshot_accuracy``: those of the labelled pictures, and below keys those of the others."""

    STAGE = "zeroshot_accuracy"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "acc1",
        "baseline_1nn.acc1",
        "all_things.acc1",
        "unseen_things.acc1",
        "unseen_pairs.scene_accuracy",
        "unseen_pairs.baseline_mean_picture.acc1",
    )

    acc5: Fraction
    mean_per_class_recall: Fraction
    classes: Count
    clip_score: Measured
    wordings: Annotated[dict[str, Wording], Filled]
    candidates: Count
    all_things: Things
    unseen_things: Things
    on_white: OnWhite
    unseen_pairs: Scenes
