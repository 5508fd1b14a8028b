"""All numbers of the judge of pictures."""

from __future__ import annotations

from typing import ClassVar

from rediffuse.evaluation.metrics import Fraction, Part, StageMetrics
from rediffuse.evaluation.shared_metrics import Accuracy


class Things(Accuracy):
    """Things, and 1-nearest neighbour on pixels on the same pictures."""

    baseline_1nn: Accuracy


class FirstFive(Things):
    """The same, and whether one of the first five is right."""

    acc5: Fraction


class Scenes(Accuracy):
    """Scenes, and the nearest of their mean pictures on the same pictures."""

    baseline_mean_picture: Accuracy


class Styles(Part):
    """Pictures by artists that the judge was not trained on."""

    things: FirstFive
    classes: Things
    scenes: Scenes


class Compositions(Part):
    """Pictures of training drawings in compositions that the judge was not trained on."""

    things: Things
    scenes: Scenes
    styles: Accuracy


class Pairs(Part):
    """Pairs of thing and scene that the judge was not trained on."""

    things: Things
    scenes: Scenes


class Metrics(StageMetrics):
    """All numbers of ``evaluate_picture_judge``; intervals are clustered by drawing."""

    STAGE = "evaluate_picture_judge"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "unseen_styles.things.acc1",
        "unseen_styles.classes.acc1",
        "unseen_styles.scenes.acc1",
        "unseen_pairs.things.acc1",
    )

    unseen_styles: Styles
    unseen_compositions: Compositions
    unseen_pairs: Pairs
