"""What a study says of the judge of pictures."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Metrics


@dataclass(frozen=True)
class Judge:
    """The number of artists that the judge was trained on, and how many of them CLIP shares."""

    artists: int
    shared: int


def read_judge(metrics: Metrics) -> Judge:
    """The judge of a study's metrics.

    Raises:
        InputError: a number is missing or impossible.
    """
    return Judge(metrics.count("judge", "artists"), int(metrics.number("judge", "shared")))
