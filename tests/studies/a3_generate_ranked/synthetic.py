"""A synthetic run of study A3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a3_generate_ranked.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics


def make_metrics() -> dict[str, Any]:
    """As ``generate_ranked`` writes them."""
    things = {"best_of_1": 0.4125, "best_of_2": 0.5, "best_of_4": 0.5712, "best_of_8": 0.62}
    any_right = {"best_of_1": 0.4125, "best_of_2": 0.55, "best_of_4": 0.68, "best_of_8": 0.83}
    scenes = dict.fromkeys(things, 0.9)
    return {
        "thing_accuracy": {key: around(value) for key, value in things.items()},
        "scene_accuracy": {key: around(value) for key, value in scenes.items()},
        "any_right": {key: around(value) for key, value in any_right.items()},
        "gain": around(0.2075, 0.05),
        "rank_correlation": around(0.31, 0.06),
        "clip_score": around(51.2, 2.0),
        "real": {"thing_accuracy": around(0.7719), "scene_accuracy": around(0.9531)},
        "judge": {"artists": 9, "shared": 5},
        "n": 100,
        "pictures": 800,
        "guidance_scale": 5.0,
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / Metrics.STAGE
    folder.mkdir(parents=True)
    sheet = np.random.default_rng(5).integers(0, 256, (3, 8, 16, 16, 3), dtype=np.uint8)
    for name in ("best_of", "ranked", "prompt"):
        figures.grid(folder / f"{name}.png", sheet)
