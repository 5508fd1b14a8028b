"""A4: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from rediffuse.pipeline.metrics import Count, Fraction, Measured, Number, Part, Share, StageMetrics, Text, Whole


class Ways(Part):
    """A measure with the schedule swapped naively, and with the noise levels matched."""

    naive: Measured
    matched: Measured


class ShareWays(Part):
    """The same of a share."""

    naive: Share
    matched: Share


class Levels(Part):
    """Root mean square in grey levels, by schedule."""

    default: Ways
    inverse_square: Ways
    log_decay: Ways


class Shares(Part):
    """A share, by schedule."""

    default: ShareWays
    inverse_square: ShareWays
    log_decay: ShareWays


class Changes(Part):
    """From the default, picture by picture, by schedule."""

    inverse_square: Ways
    log_decay: Ways


class Differences(Part):
    """By measure."""

    high_frequency: Changes
    low_frequency: Changes
    thing_accuracy: Changes


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


class Terminal(Part):
    """ᾱ of the last timestep, by schedule."""

    default: Fraction
    inverse_square: Fraction
    log_decay: Fraction


class Metrics(StageMetrics):
    """All numbers of ``noise_schedules``; every interval is over prompts."""

    STAGE = "noise_schedules"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "thing_accuracy.default.naive.mean",
        "start.inverse_square.beyond.mean",
        "start.log_decay.beyond.mean",
    )

    high_frequency: Levels
    low_frequency: Levels
    thing_accuracy: Shares
    difference: Differences
    start: Starts
    terminal_alphas_cumprod: Terminal
    n: Count
    prompts: Count
    cutoff: Number
