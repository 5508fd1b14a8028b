"""Timing of steps that take turns, so that a machine's drift falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tqdm import tqdm

Step = Callable[[], object]


def alternate(
    steps: Mapping[str, Step], rounds: int, repeats: Mapping[str, int] | None = None, label: str = "rounds"
) -> dict[str, list[float]]:
    """Seconds of a call of each step, once for each round; in a round every step has its turn.

    A first round warms up and is not counted.

    Args:
        repeats: calls in a turn, by default 1.
        label: of the progress bar.
    """
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for round_ in tqdm(range(rounds + 1), desc=label, unit="round", disable=None):
        for name, step in steps.items():
            calls = repeats[name] if repeats and round_ else 1
            start = time.perf_counter()
            for _ in range(calls):
                step()
            if round_:
                seconds[name].append((time.perf_counter() - start) / calls)
    return seconds


def fastest(seconds: Mapping[str, Sequence[float]]) -> str:
    """The step with the smallest median."""
    return min(seconds, key=lambda name: statistics.median(seconds[name]))


def calls_of_a_turn(seconds: Sequence[float], turn: float, most: int) -> int:
    """Calls that fill a turn of ``turn`` seconds, 1 to ``most``."""
    return max(1, min(most, round(turn / statistics.median(seconds))))


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median, lowest and highest of the rounds."""
    return {"median": round(statistics.median(values), 2), "low": round(min(values), 2), "high": round(max(values), 2)}
