"""A synthetic run of study B2: digits and faces."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rediffuse.plotting import figures
from rediffuse.studies.b2_ddim.metrics import Metrics
from tests.support.synthetic_digits import draw_digits
from tests.support.synthetic_metrics import around, ends, put_metrics

ETAS = {"eta_0": 0.0, "eta_025": 12.4, "eta_05": 24.1, "eta_075": 33.2, "eta_1": 41.7}
MODES = ("slerp", "lerp", "corrected_lerp")
ALPHAS = [round(0.1 * step, 1) for step in range(11)]


def fraction(value: float, half: float) -> dict[str, float]:
    """A share of at most 1, with its interval."""
    return {"mean": value, "low": round(value - half, 4), "high": round(min(1.0, value + half), 4)}


def moved(value: float, half: float) -> dict[str, float]:
    """A paired difference."""
    return around(round(value, 4), half)


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


def digit_metrics() -> dict[str, Any]:
    """As ``ddim_grids`` writes them under ``digits``."""
    distance = {"eta_0": 0.0, "eta_025": 18.42, "eta_05": 31.08, "eta_075": 42.9, "eta_1": 55.61}
    confidence = {"slerp": 0.962, "lerp": 0.713, "corrected_lerp": 0.959}
    sharpness = {"slerp": 0.981, "lerp": 0.442, "corrected_lerp": 0.978}
    return {
        "distance": {
            key: {"mean": value, "low": round(0.94 * value, 2), "high": round(1.06 * value, 2)}
            for key, value in distance.items()
        },
        "distance_n": 64,
        "distance_step": distance_steps(distance),
        "repeat": 0.0,
        "judge_confidence": {mode: {"mean": value, **ends(value, 0.028)} for mode, value in confidence.items()},
        "norm": {"slerp": 1.0, "lerp": 0.707, "corrected_lerp": 1.0},
        "sharpness": {mode: {"mean": value, **ends(value, 0.03)} for mode, value in sharpness.items()},
        "change": path_changes(confidence, sharpness),
        "pairs_n": 64,
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
        "judge_confidence": {mode: fraction(value, 0.02) for mode, value in confidence.items()},
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
            "read_as_face": {key: {**fraction(value, 0.1), "n": 40} for key, value in read.items()},
        },
        "nearest": {
            "generated": {"mean": 32.3, "low": 29.9, "high": 34.7, "n": 40},
            "training": {"mean": 33.4, "low": 32.2, "high": 34.6, "n": 100},
            "copies_real": {"mean": 0.01, "low": 0.002, "high": 0.054, "n": 100},
            "copies_gaussian": {**fraction(0.0317, 0.02), "n": 200},
            "limit": 30.6,
            "copies": {
                key: {"mean": value, "low": 0.004, "high": round(value + 0.1, 4), "n": 40}
                for key, value in copies.items()
            },
        },
    }


def make_metrics() -> dict[str, Any]:
    """As ``ddim_grids`` writes them."""
    return {"digits": digit_metrics(), "faces": face_metrics()}


def write(root: Path) -> None:
    """Write metrics, and the pictures with the functions that the stage uses, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / Metrics.STAGE
    folder.mkdir(parents=True)
    draw_digit_plots(folder)
    draw_face_plots(folder)


def draw_digit_plots(folder: Path) -> None:
    """Draw every picture of the digits."""
    sheet = draw_digits(np.random.default_rng(7))
    numbers = [str(digit) for digit in range(4)]
    figures.grid(folder / "digits_eta.png", sheet[:5, :4], ["0", "0.25", "0.5", "0.75", "1"], numbers)
    ways = [np.concatenate([sheet[row], sheet[row + 1, :1]]) for row in range(3)]
    figures.grid(folder / "digits_interpolation.png", ways, MODES, [f"{a:g}" for a in ALPHAS], column_title="α")
    drift = pd.DataFrame({"eta": [0, 0.25, 0.5, 0.75, 1], "d": [0, 18, 31, 43, 56]})
    drift = drift.assign(low=drift.d * 0.94, high=drift.d * 1.06)
    figures.curves(
        folder / "digits_eta_distance.png", drift, "eta", "d", low="low", high="high", x_label="η", y_label="Distance"
    )
    way = pd.DataFrame(
        [
            {"mode": mode, "alpha": a, "norm": 1 - dip * 4 * a * (1 - a), "sharp": 1 - 1.9 * dip * 4 * a * (1 - a)}
            for mode, dip in zip(MODES, (0.01, 0.293, 0.0), strict=True)
            for a in ALPHAS
        ]
    )
    panels = [
        figures.Panel("norm", "‖x_T‖/√d"),
        figures.Panel("sharp", "Sharpness"),
        figures.Panel("sharp", "Confidence"),
    ]
    out = folder / "digits_interpolation_curves.png"
    figures.curves(out, way, "alpha", group="mode", x_label="α", panels=panels, x_ticks=[0, 0.5, 1])


def draw_face_plots(folder: Path) -> None:
    """Draw every picture of the faces."""
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
