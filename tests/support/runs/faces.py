"""The faces of study B2 as ``ddim_grids`` writes them, of a run that never was."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rediffuse.plotting import figures

ETAS = {"eta_0": 0.0, "eta_025": 12.4, "eta_05": 24.1, "eta_075": 33.2, "eta_1": 41.7}
MODES = ("slerp", "lerp", "corrected_lerp")


def ends(value: float, half: float, most: float = np.inf) -> dict[str, float]:
    """An interval around ``value``."""
    return {"low": round(value - half, 4), "high": round(min(most, value + half), 4)}


def moved(value: float, half: float) -> dict[str, float]:
    """A paired difference."""
    return {"mean": round(value, 4), "low": round(value - half, 4), "high": round(value + half, 4)}


def distance_steps(distance: dict[str, float]) -> dict[str, dict[str, float]]:
    """The increase of each distance from the one before it."""
    keys = list(distance)
    return {after: moved(distance[after] - distance[before], 2.0) for before, after in pairwise(keys)}


def path_changes(confidence: dict[str, float], sharpness: dict[str, float]) -> dict[str, Any]:
    """The differences of the ways, pair by pair."""
    ways = (("lerp", "slerp"), ("corrected_lerp", "slerp"), ("corrected_lerp", "lerp"))
    return {
        f"{after}_{before}": {
            "confidence": moved(confidence[after] - confidence[before], 0.02),
            "sharpness": moved(sharpness[after] - sharpness[before], 0.03),
        }
        for after, before in ways
    }


def face_metrics() -> dict[str, Any]:
    """As ``ddim_grids`` writes them under ``faces``."""
    confidence = {"slerp": 0.953, "lerp": 0.881, "corrected_lerp": 0.951}
    sharpness = {"slerp": 0.973, "lerp": 0.512, "corrected_lerp": 0.972}
    read = {"eta_0": 0.975, "eta_025": 0.952, "eta_05": 0.961, "eta_075": 0.983, "eta_1": 1.0}
    copies = {"eta_0": 0.025, "eta_025": 0.033, "eta_05": 0.042, "eta_075": 0.046, "eta_1": 0.05}
    return {
        "beta_schedule": "squaredcos_cap_v2",
        "distance": {key: moved(value, 0.06 * value) for key, value in ETAS.items()},
        "distance_n": 40,
        "distance_step": distance_steps(ETAS),
        "repeat": 0.0,
        "judge_confidence": {mode: {"mean": value, **ends(value, 0.02, 1.0)} for mode, value in confidence.items()},
        "norm": {"slerp": 1.0, "lerp": 0.707, "corrected_lerp": 1.0},
        "sharpness": {mode: moved(value, 0.03) for mode, value in sharpness.items()},
        "change": path_changes(confidence, sharpness),
        "pairs_n": 30,
        "judge": {
            "accuracy": {"mean": 0.985, "low": 0.957, "high": 0.995, "n": 200},
            "real_as_face": {"mean": 0.94, "low": 0.875, "high": 0.972, "n": 100},
            "others_as_face": {"mean": 0.04, "low": 0.016, "high": 0.098, "n": 100},
            "gaussian_as_face": {"mean": 0.96, "low": 0.87, "high": 0.99, "n": 40},
            "read_as_face_change": moved(0.025, 0.05),
            "read_as_face": {key: {"mean": value, **ends(value, 0.1, 1.0), "n": 40} for key, value in read.items()},
        },
        "nearest": {
            "generated": {"mean": 32.3, "low": 29.9, "high": 34.7, "n": 40},
            "training": {"mean": 33.4, "low": 32.2, "high": 34.6, "n": 100},
            "copies_real": {"mean": 0.01, "low": 0.002, "high": 0.054, "n": 100},
            "copies_gaussian": {"mean": 0.0317, **ends(0.0317, 0.02, 1.0), "n": 200},
            "limit": 30.6,
            "copies": {
                key: {"mean": value, "low": 0.004, "high": round(value + 0.1, 4), "n": 40}
                for key, value in copies.items()
            },
        },
    }


def write_face_plots(root: Path) -> None:
    """Draw every picture of faces that the page shows."""
    folder = root / "plots" / "ddim_grids"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    across, down = np.meshgrid(*2 * [np.linspace(-1, 1, 24)])
    oval = 90 + 120 * (across**2 + 0.6 * down**2 < 0.6)
    sheet = np.clip(oval + rng.normal(0, 12, (5, 11, 24, 24)), 0, 255).astype(np.uint8)
    figures.grid(folder / "faces_eta.png", sheet[:, :4], [f"{eta:g}" for eta in (0, 0.25, 0.5, 0.75, 1)])
    figures.grid(folder / "faces_interpolation.png", sheet[:3], MODES, column_title="α")
    figures.grid(folder / "faces_nearest.png", sheet[:2, :10], ["drawn", "nearest"])
    drift = pd.DataFrame({"x": [0, 0.25, 0.5, 0.75, 1], "y": list(ETAS.values())})
    for name in ("faces_eta_distance.png", "faces_interpolation_curves.png"):
        figures.curves(folder / name, drift, "x", "y", x_label="η", y_label="distance")
