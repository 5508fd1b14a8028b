"""A4: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator

from rediffuse.evaluation.metrics import Count, Fraction, Measured, Number, Part, Share, StageMetrics, Text, Whole

T = TypeVar("T")


class Ways(Part, Generic[T]):
    """With the schedule swapped naively, and with the noise levels matched."""

    naive: T
    matched: T


class Schedules(Part, Generic[T]):
    """By schedule."""

    default: T
    inverse_square: T
    log_decay: T


class Others(Part, Generic[T]):
    """By schedule other than the default."""

    inverse_square: T
    log_decay: T


class Differences(Part):
    """From the default, picture by picture, by measure."""

    high_frequency: Others[Ways[Measured]]
    low_frequency: Others[Ways[Measured]]
    thing_accuracy: Others[Ways[Measured]]


class Start(Part):
    """A schedule and the default, begun at the same noise level."""

    begun_later: Text  # the one of the two that is begun later for it
    timestep: Whole  # at which it is begun
    alone: Measured  # what the start changes of fine detail
    beyond: Measured  # what the schedule's shape changes, at the same start


def _begun(name: str) -> AfterValidator:
    def check(start: Start) -> Start:
        if start.begun_later not in ("default", name):
            raise ValueError(f"begun_later: found {start.begun_later!r}, expected one of default, {name}")
        return start

    return AfterValidator(check)


class Starts(Part):
    """Of the schedules other than the default."""

    inverse_square: Annotated[Start, _begun("inverse_square")]
    log_decay: Annotated[Start, _begun("log_decay")]


class Metrics(StageMetrics):
    """All numbers of ``noise_schedules``; every interval is over prompts."""

    STAGE = "noise_schedules"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "thing_accuracy.default.naive.mean",
        "start.inverse_square.beyond.mean",
        "start.log_decay.beyond.mean",
    )

    high_frequency: Schedules[Ways[Measured]]  # root mean square, grey levels
    low_frequency: Schedules[Ways[Measured]]
    thing_accuracy: Schedules[Ways[Share]]
    difference: Differences
    start: Starts
    terminal_alphas_cumprod: Schedules[Fraction]  # of the last timestep
    n: Count
    prompts: Count
    cutoff: Number
