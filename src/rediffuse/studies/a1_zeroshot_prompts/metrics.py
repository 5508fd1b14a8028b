"""A1: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from rediffuse.evaluation.metrics import Count, Estimate, Filled, Fraction, Measured, Part, Share, StageMetrics, Whole
from rediffuse.evaluation.shared_metrics import Interval


class Right(Interval):
    """An accuracy with its interval, clustered by drawing."""

    accuracy: Fraction
    n: Count | None = None

    @property
    def ours(self) -> Estimate:
        """It as an estimate."""
        return Estimate(self.accuracy, self.low, self.high, self.n)


class Counted(Right):
    """The same of so many pictures."""

    n: Count


class Nearest(Right):
    """1-nearest neighbour on pixels."""

    lead: Measured  # CLIP's accuracy less this, paired


class Animals(Counted):
    """All drawn animals."""

    drawings: Count
    baseline_1nn: Nearest


class Animal(Counted):
    """One animal, and each of its drawings."""

    drawings: Annotated[dict[str, Counted], Filled]


class Template(Right):
    """One template."""

    change: Measured | None = None  # from the first template, paired
    drawings_changed: Whole | None = None  # drawings whose accuracy is not that with the first template
    ensemble_less: Measured  # accuracy of the ensemble less this template's, paired


class Ensemble(Right):
    """All templates together."""

    change: Measured  # from the mean of the single templates, paired


class Photograph(Part):
    """Probabilities of the photograph, by prompt."""

    representation: Annotated[dict[str, Fraction], Filled]
    descriptions: Annotated[dict[str, Fraction], Filled]


class Drawn(Part):
    """Mean probabilities of drawings, by prompt."""

    representation: Annotated[dict[str, Share], Filled]
    descriptions: Annotated[dict[str, Share], Filled]


class Spread(Part):
    """Accuracy of the single templates."""

    lowest: Fraction
    highest: Fraction
    mean: Fraction


def _changes(templates: dict[str, Template]) -> dict[str, Template]:
    for text, found in list(templates.items())[1:]:
        for name in ("change", "drawings_changed"):
            if found[name] is None:
                raise ValueError(f"key {text}.{name} is missing")
    return templates


class Metrics(StageMetrics):
    """All numbers of ``zeroshot_prompts``."""

    STAGE = "zeroshot_prompts"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "animals.accuracy",
        "animals.baseline_1nn.accuracy",
        "ensemble.accuracy",
        "spread.mean",
    )

    animals: Animals
    by_animal: Annotated[dict[str, Animal], Filled]
    photograph: Photograph
    drawn: Drawn
    drawn_n: Count
    templates: Annotated[dict[str, Template], Filled, AfterValidator(_changes)]
    ensemble: Ensemble
    spread: Spread
