"""A synthetic run of study A9."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a9_refinement.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics

STAGE = Metrics.STAGE


def span(value: float, half: float = 0.0417) -> dict[str, float]:
    return {**around(value, half), "n": 77}


def change(before: float, after: float, half: float) -> dict[str, Any]:
    return {
        "before": span(before, half),
        "after": span(after, half),
        "change": span(round(after - before, 4), half),
        "n": 77,
    }


def make_metrics() -> dict[str, Any]:
    """As ``refine_with_clip`` writes them."""
    shares, scores = (0.5311, 0.6713, 0.8117), (51.13, 63.27, 71.71)
    return {
        "judge_success": change(0.5311, 0.8117, 0.0519),
        "clip_score": change(51.13, 71.71, 1.37),
        "thing_accuracy": change(0.5419, 0.8313, 0.0531),
        "scene_accuracy": change(0.9613, 0.9711, 0.0217),
        "late": {"from": 1, "judge_success": span(0.1404, 0.0371), "clip_score": span(8.44, 1.19)},
        "curve": {
            str(place): {"judge_success": span(share), "clip_score": span(score, 1.31)}
            for place, (share, score) in enumerate(zip(shares, scores, strict=True))
        },
        "learning_rates": {
            "0.03": {"judge_success": span(0.7319), "clip_score": span(66.17, 1.73)},
            "0.07": {"judge_success": span(0.7917), "clip_score": span(70.91, 1.79)},
        },
        "chosen": {"learning_rate": 0.07, "before": 0.4983},
        "ranked": {
            "pictures": 13,
            "judge_success": span(0.6219),
            "clip_score": span(59.33, 1.41),
            "iterations": 2,
            "refined": span(0.8121),
            "difference": span(0.1902, 0.0613),
        },
        "real": {
            "judge_success": span(0.7519),
            "thing_accuracy": span(0.7811),
            "scene_accuracy": span(0.9423),
            "difference": span(0.0598, 0.0311),
        },
        "judge": {"artists": 9, "shared": 5},
        "iterations": 2,
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(11).integers(0, 256, (2, 3, 16, 16, 3), dtype=np.uint8)
    for name in ("curve", "rates", "strips", "prompt"):
        figures.grid(folder / f"{name}.png", sheet)
    for place in range(3):
        figures.grid(folder / "frames" / f"{place:03d}.png", sheet[:1, place : place + 1], scale=5)
