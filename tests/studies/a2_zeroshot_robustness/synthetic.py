"""A synthetic run of study A2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics
from rediffuse.studies.a2_zeroshot_robustness.study import severity_table
from tests.support.synthetic_metrics import around, ends, put_metrics

KINDS = ("noise", "blur", "rotation")
DROPS = (0.0312, 0.0671, 0.1113)


def make_metrics() -> dict[str, Any]:
    """As ``zeroshot_robustness`` writes them."""

    def share(value: float, half: float) -> dict[str, float]:
        return {"mean": value, **ends(value, half)}

    return {
        **{
            kind: {f"severity_{s}": share(round(0.83 - drop * s, 4), 0.0191) for s in range(1, 6)}
            for kind, drop in zip(KINDS, DROPS, strict=True)
        },
        "clean": share(0.8316, 0.0151),
        "baseline_1nn": {"acc1": 0.4523, **ends(0.4523, 0.0711), "lead": around(0.3793, 0.0611)},
        "mce": share(0.3796, 0.0113),
        "n": 2489,
        "drawings": 122,
        "corruption_error": dict(zip(KINDS, (0.2636, 0.3713, 0.5039), strict=True)),
        "difference": {
            "fall": {kind: around(round(-5 * drop, 4), 0.0411) for kind, drop in zip(KINDS, DROPS, strict=True)},
            "steps": {
                kind: {f"severity_{s}": around(-drop, 0.0211) for s in range(1, 6)}
                for kind, drop in zip(KINDS, DROPS, strict=True)
            },
            "worst": "rotation",
            "worst_less": {"noise": around(0.2403, 0.0377), "blur": around(0.1326, 0.0391)},
        },
        "level": {
            "noise": {f"severity_{s}": 0.02 * s + 0.02 for s in range(1, 6)},
            "blur": {f"severity_{s}": 0.2 * s for s in range(1, 6)},
            "rotation": {f"severity_{s}": 11.0 * s for s in range(1, 6)},
        },
        "image_size": 32,
        "photograph_answer": {"clean": "cat", "asked": "cat"}
        | {
            kind: {f"severity_{s}": "horse" if s > drop else "cat" for s in range(1, 6)}
            for kind, drop in zip(KINDS, (4, 3, 0), strict=True)
        },
        "photograph": {"clean": 0.7133}
        | {
            kind: {f"severity_{s}": round(0.7 - drop * s, 4) for s in range(1, 6)}
            for kind, drop in zip(KINDS, (0.0123, 0.0345, 0.0987), strict=True)
        },
    }


def write(root: Path) -> None:
    """Write metrics, and the pictures with the functions that the stage uses, below ``root``."""
    metrics = make_metrics()
    put_metrics(root, Metrics, metrics)
    folder = root / "plots" / Metrics.STAGE
    folder.mkdir(parents=True)
    sheet = np.random.default_rng(3).integers(0, 256, (5, 6, 16, 16, 3), dtype=np.uint8)
    table = severity_table(metrics)
    figures.curves(folder / "severity.png", table, "severity", "accuracy", "kind", x_label="severity")
    figures.grid(folder / "photograph.png", sheet[:3], KINDS)
    figures.grid(folder / "example.png", sheet[2:5], KINDS)
