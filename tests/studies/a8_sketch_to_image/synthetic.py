"""A synthetic run of study A8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a8_sketch_to_image.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics

STAGE = Metrics.STAGE
KEYS = ("off", "strength_025", "strength_05", "strength_075", "strength_1")


def span(value: float, half: float = 0.0217) -> dict[str, float]:
    return around(value, half)


def make_metrics() -> dict[str, Any]:
    """As ``sketch_to_image`` writes them."""
    found: dict[str, Any] = {}
    for key, start, step in (
        ("edge_f1", 0.2113, 0.0917),
        ("matched", 0.4213, 0.0819),
        ("thing_accuracy", 0.6313, 0.0219),
    ):
        values = {name: round(start + place * step, 4) for place, name in enumerate(KEYS)}
        found[key] = {name: span(value, step / 3) for name, value in {"on": values["strength_1"], **values}.items()}
        found[f"{key}_change"] = span(round(4 * step, 4), step)
    return {
        **found,
        "decoder_alone": {
            "edge_f1": span(0.2217),
            "edge_f1_change": span(0.3564),
            "matched": span(0.2531),
            "matched_change": span(0.4958),
            "thing_accuracy": span(0.7019),
            "thing_accuracy_change": span(0.0170),
        },
        "real": span(0.8617, 0.0121),
        "real_matched": span(0.9717, 0.0113),
        "real_thing": span(0.5519, 0.0411),
        "judge": {"artists": 9, "shared": 5},
        "ceiling": span(0.8317, 0.0131),
        "random_pair": span(0.1017, 0.0113),
        "fresh_difference": 0,
        "own": {"house": {"off": 0.2719, "on": 0.4319}},
        "n": 166,
        "sketches": 83,
        "guidance_scale": 2.3,
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(12).integers(0, 256, (2, 5, 16, 16, 3), dtype=np.uint8)
    for name in ("curves", "sketches", "own"):
        figures.grid(folder / f"{name}.png", sheet)
    for place in range(5):
        figures.grid(folder / "frames" / f"{place:02d}.png", sheet[:, place : place + 1], scale=5)
