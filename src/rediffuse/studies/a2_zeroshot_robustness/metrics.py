"""A2: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from rediffuse.evaluation.shared_metrics import Bare
from rediffuse.pipeline.metrics import Count, Filled, Fraction, Measured, Number, Part, Share, StageMetrics, Text

Kind = Literal["noise", "blur", "rotation"]
Shares = Annotated[dict[str, Share], Filled]  # by severity
Steps = Annotated[dict[str, Measured], Filled]
Levels = Annotated[dict[str, Number], Filled]
Fractions = Annotated[dict[str, Fraction], Filled]


class Nearest(Bare):
    """1-nearest neighbour on pixels, on the clean pictures."""

    lead: Measured  # CLIP's accuracy less this, paired


class Errors(Part):
    """Mean error over the severities, by kind."""

    noise: Fraction
    blur: Fraction
    rotation: Fraction


class Falls(Part):
    """Accuracy at severity 5 less clean, by kind, paired."""

    noise: Measured
    blur: Measured
    rotation: Measured


class AllSteps(Part):
    """Each severity less the one before, by kind, paired."""

    noise: Steps
    blur: Steps
    rotation: Steps


class Differences(Part):
    """Paired differences; ``worst_less`` is the error of the worst kind less that of each other."""

    fall: Falls
    steps: AllSteps
    worst: Kind
    worst_less: dict[Kind, Measured]


class AllLevels(Part):
    """What a severity is, by kind, in the unit of the kind."""

    noise: Levels
    blur: Levels
    rotation: Levels


class Photograph(Part):
    """Probability of the right answer."""

    clean: Fraction
    noise: Fractions
    blur: Fractions
    rotation: Fractions


class Answer(Part):
    """What the clean photograph is read as, and what it shows."""

    clean: Text
    asked: Text


class Metrics(StageMetrics):
    """All numbers of ``zeroshot_robustness``; intervals are clustered by drawing."""

    STAGE = "zeroshot_robustness"
    HEADLINES: ClassVar[tuple[str, ...]] = ("clean.mean", "mce.mean")

    noise: Shares
    blur: Shares
    rotation: Shares
    clean: Share
    baseline_1nn: Nearest | None = None
    mce: Share
    n: Count
    drawings: Count
    corruption_error: Errors
    difference: Differences
    level: AllLevels
    image_size: Count
    photograph: Photograph
    photograph_answer: Answer
