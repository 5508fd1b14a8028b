"""Synthetic metrics of the picture judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rediffuse.studies.picture_judge.metrics import Metrics
from tests.support.synthetic_metrics import put_metrics


def accuracy(value: float, n: int) -> dict[str, float]:
    """An accuracy with an interval around it."""
    return {"acc1": value, "low": round(value - 0.021, 4), "high": round(value + 0.017, 4), "n": n, "drawings": n - 1}


def make_metrics() -> dict[str, Any]:
    """As ``evaluate_picture_judge`` writes them."""

    def things(value: float, baseline: float, n: int) -> dict[str, Any]:
        return accuracy(value, n) | {"baseline_1nn": accuracy(baseline, n)}

    def scenes(value: float, baseline: float, n: int) -> dict[str, Any]:
        return accuracy(value, n) | {"baseline_mean_picture": accuracy(baseline, n)}

    return {
        "unseen_styles": {
            "things": things(0.5431, 0.1213, 1204) | {"acc5": 0.7541},
            "classes": things(0.7312, 0.3127, 119),
            "scenes": scenes(0.9713, 0.8743, 1204),
        },
        "unseen_compositions": {
            "things": things(0.8719, 0.3417, 1203),
            "scenes": scenes(0.9727, 0.8637, 1203),
            "styles": accuracy(0.6133, 1203),
        },
        "unseen_pairs": {"things": things(0.2713, 0.1117, 997), "scenes": scenes(0.9731, 0.9643, 997)},
    }


def write(root: Path) -> None:
    """Write the metrics below ``root``."""
    put_metrics(root, Metrics, make_metrics())
