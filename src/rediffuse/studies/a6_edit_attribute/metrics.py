"""A6: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from rediffuse.evaluation.metrics import Count, Filled, Fraction, Measured, Number, Part, Share, StageMetrics, Whole


class Shares(Part):
    """How often an edit did what, as shares of some pictures."""

    changed: Share
    kept: Share
    both: Share


class Counted(Shares):
    """The same of so many pictures."""

    n: Count


class Way(Shares):
    """One way to edit: a scale, or drawing anew; shares of the right sources, below ``unconditional`` of all."""

    edges: Share  # F1 against the source
    unconditional: Shares


class Best(Way):
    """The scale that was chosen on other noises."""

    scale: Number
    n: Whole  # right sources; 0 where none is
    unconditional: Counted


class Difference(Part):
    """One way to edit less another, on the same right sources."""

    changed: Measured
    kept: Measured
    both: Measured
    edges: Measured


class Push(Difference):
    """The largest scale less the least."""

    start: Number = Field(alias="from")
    to: Number


class Against(Difference):
    """Steering at one scale less drawing anew."""

    scale: Number


class AgainstRedrawn(Part):
    """At the chosen scale, and at the one that changes the scene as often."""

    best: Against
    equal: Against


class Source(Part):
    """What the judge reads right in the sources."""

    scene: Share
    thing: Share
    right: Share


class Things(Part):
    """Of all pictures, and of the right sources."""

    all: Count
    right: Whole


class Choosing(Part):
    """Both, by scale, on the noises by which the scale was chosen."""

    n: Whole
    both: dict[str, Fraction]


def _scales(curve: dict[str, Way]) -> dict[str, Way]:
    for key in curve:
        try:
            float(key)
        except ValueError:
            raise ValueError(f"found the key {key!r}, expected a scale") from None
    return curve


class Metrics(StageMetrics):
    """All numbers of ``edit_attribute``; every interval is clustered by thing."""

    STAGE = "edit_attribute"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "best.scale",
        "best.both.mean",
        "redrawn.both.mean",
        "source.right.mean",
    )

    best: Best
    redrawn: Way
    push: Push
    against_redrawn: AgainstRedrawn
    random_pair: Measured  # F1 of the edges of sources of different things
    source: Source
    things: Things
    curve: Annotated[dict[str, Way], Filled, AfterValidator(_scales)]
    choosing: Choosing

    @model_validator(mode="after")
    def _agree(self) -> Metrics:
        found = [way for key, way in self.curve.items() if float(key) == self.best.scale]
        if not found:
            raise ValueError(f"best.scale: found {self.best.scale:g}, which is no scale of curve")
        for key in ("changed", "kept", "both"):
            if self.best[key].mean != found[0][key].mean:
                raise ValueError(f"best.{key}: found {self.best[key].mean:g}, not as in curve")
        for key in self.curve:
            if float(key) and key not in self.choosing.both:
                raise ValueError(f"choosing.both: key {key} is missing")
        return self

    @property
    def scales(self) -> list[float]:
        """The scales of the curve."""
        return [float(key) for key in self.curve]
