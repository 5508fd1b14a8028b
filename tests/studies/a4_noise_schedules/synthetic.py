"""A synthetic run of study A4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a4_noise_schedules.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics

STAGE = Metrics.STAGE
NAMES = ("default", "inverse_square", "log_decay")
WAYS = ("naive", "matched")


def make_metrics() -> dict[str, Any]:
    """As the stage writes them; all numbers differ."""
    found: dict[str, Any] = {}
    for key, start, step in (
        ("high_frequency", 11.31, 1.07),
        ("low_frequency", 41.13, 2.09),
        ("thing_accuracy", 0.5213, 0.0317),
    ):
        half = abs(step) / 3
        found[key] = {
            name: {way: around(round(start + step * (2 * row + column), 4), half) for column, way in enumerate(WAYS)}
            for row, name in enumerate(NAMES)
        }
    found["difference"] = {
        key: {
            name: {way: around(value, size / 2) for way, value in zip(WAYS, moved, strict=True)}
            for name, moved in (
                ("inverse_square", (2.11 * size, 1.83 * size)),
                ("log_decay", (-1.57 * size, -1.29 * size)),
            )
        }
        for key, size in (("high_frequency", 1.0), ("low_frequency", 0.7), ("thing_accuracy", 0.06))
    }
    found["start"] = {
        "inverse_square": {
            "begun_later": "default",
            "timestep": 789,
            "alone": around(0.41, 0.13),
            "beyond": around(1.43, 0.17),
        },
        "log_decay": {
            "begun_later": "log_decay",
            "timestep": 871,
            "alone": around(-0.37, 0.11),
            "beyond": around(-0.93, 0.19),
        },
    }
    found["terminal_alphas_cumprod"] = {"default": 0.0047, "inverse_square": 0.0412, "log_decay": 0.0007}
    return {**found, "n": 96, "prompts": 48, "cutoff": 0.5}


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(7).integers(0, 256, (3, 4, 16, 16, 3), dtype=np.uint8)
    for place, name in enumerate(("schedules", "pictures", "film")):
        figures.grid(folder / f"{name}.png", sheet[:, place:])
    for step in (1, 2, 3):
        figures.grid(folder / "frames" / f"{step:02d}.png", sheet[:1, step - 1 : step + 1], scale=4)
