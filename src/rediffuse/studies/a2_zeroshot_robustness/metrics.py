"""A2: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from rediffuse.evaluation.metrics import Count, Filled, Fraction, Measured, Number, Part, Share, StageMetrics, Text
from rediffuse.evaluation.shared_metrics import Bare

Kind = Literal["noise", "blur", "rotation"]
T = TypeVar("T")
BySeverity = Annotated[dict[str, T], Filled]


class Kinds(Part, Generic[T]):
    """By kind of corruption."""

    noise: T
    blur: T
    rotation: T


class Nearest(Bare):
    """1-nearest neighbour on pixels, on the clean pictures."""

    lead: Measured  # CLIP's accuracy less this, paired


class Differences(Part):
    """Paired differences."""

    fall: Kinds[Measured]  # accuracy at severity 5 less clean
    steps: Kinds[BySeverity[Measured]]  # each severity less the one before
    worst: Kind
    worst_less: dict[Kind, Measured]  # the error of the worst kind less that of each other


class Photograph(Kinds[BySeverity[Fraction]]):
    """Probability of the right answer."""

    clean: Fraction


class Answer(Kinds[BySeverity[Text]]):
    """What the photograph is read as, and what it shows."""

    clean: Text
    asked: Text


class Metrics(StageMetrics):
    """All numbers of ``zeroshot_robustness``; intervals are clustered by drawing."""

    STAGE = "zeroshot_robustness"
    HEADLINES: ClassVar[tuple[str, ...]] = ("clean.mean", "mce.mean")

    noise: BySeverity[Share]
    blur: BySeverity[Share]
    rotation: BySeverity[Share]
    clean: Share
    baseline_1nn: Nearest | None = None
    mce: Share
    n: Count
    drawings: Count
    corruption_error: Kinds[Fraction]  # mean error over the severities
    difference: Differences
    level: Kinds[BySeverity[Number]]  # in the unit of the kind
    image_size: Count
    photograph: Photograph
    photograph_answer: Answer
