"""A5: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from rediffuse.evaluation.metrics import Count, Filled, Fraction, Measured, Number, Part, Share, StageMetrics

Kind = Literal["scene", "thing"]


T = TypeVar("T")
Along = Annotated[dict[str, T], Filled]  # by place of the way


class Blends(Part, Generic[T]):
    """By the way of blending two prompts."""

    lerp: T
    slerp: T


class Difference(Part):
    """Slerp less lerp."""

    evenness: Measured
    length: Measured


class Passes(Part):
    """CLIP's cosine with each prompt, last place of slerp less the first."""

    start: Measured
    end: Measured


class Angle(Part):
    """Between the states of the pairs, degrees."""

    mean: Number
    largest: Number


class Point(Part):
    """CLIP's cosines with both prompts at one α."""

    alpha: Fraction
    start: Measured
    end: Measured


class Place(Part):
    """The judge's probability of the first prompt's kind, of the second's, and its highest of any."""

    start: Share
    end: Share
    surest: Share


class Judged(Part):
    """Probabilities of a kind, scene or thing, along the ways on which it changes."""

    first: Place
    middle: Place
    last: Place
    dip: Measured  # of the highest, half-way less the mean of the ends
    pairs: Count


class Alone(Part):
    """Ways on which a kind alone changes."""

    evenness: Share
    largest_step: Share
    pairs: Count


class Metrics(StageMetrics):
    """All numbers of ``interpolate_prompts``; every interval is over pairs."""

    STAGE = "interpolate_prompts"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "evenness.lerp.mean",
        "evenness.slerp.mean",
        "passes.end.mean",
        "middle.mean",
    )

    evenness: Blends[Share]
    difference: Difference
    passes: Passes
    middle: Measured  # inner steps of slerp less the first and the last
    by_pair: Annotated[dict[str, Blends[Fraction]], Filled]  # evenness
    length: Blends[Measured]
    angle: Angle
    similarity: Blends[Along[Point]]
    steps: Blends[Along[Measured]]  # distance of neighbours in CLIP's space
    # Either may be empty: a profile's prompts need not be of things and scenes that the judge knows.
    judge: dict[Kind, Judged]
    by_change: dict[Kind, Alone]
    scene_less_thing: Measured | None = None  # evenness of by_change's kinds, where both are there
    n: Count
    pairs: Count
