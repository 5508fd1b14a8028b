"""A synthetic run of study A7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a7_sweep_guidance.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics


def make_metrics() -> dict[str, Any]:
    """As ``sweep_guidance`` writes them."""

    def quality(thing: float, scene: float, clip: float) -> dict[str, Any]:
        return {
            "thing_accuracy": around(thing),
            "scene_accuracy": around(scene),
            "clip_score": around(clip, 1),
            "n": 800,
            "prompts": 200,
        }

    def change(clip: float, thing: float) -> dict[str, Any]:
        return {
            "clip_cosine": around(clip, 0.01),
            "thing_accuracy": around(thing, 0.05),
            "saturation": around(0.11),
            "diversity": around(-6.0, 1.0),
        }

    def point(scale: float) -> dict[str, Any]:
        names = ("clip_cosine", "thing_accuracy", "saturation", "clipped", "diversity")
        return {"guidance_scale": scale, **{name: around(0.5 - 0.3 / scale) for name in names}}

    return {
        "best": {"guidance_scale": 5.0, **quality(0.52, 0.95, 52.1)},
        "ceiling": quality(0.83, 0.98, 64.3),
        "gap": {"thing_accuracy": around(-0.31), "scene_accuracy": around(-0.03)},
        "curve": {
            cell: {f"scale_{scale:g}".replace(".", "_"): point(scale) for scale in (1.0, 1.5, 7.5)}
            for cell in ("plain", "negative", "suffix", "both")
        },
        "cells": {
            "guidance_scale": 7.5,
            "change": {"negative": change(-0.1, -0.2), "suffix": change(0.0, 0.01), "both": change(-0.1, -0.2)},
        },
        "guided": {"from": 1.0, "to": 7.5, **change(0.2, 0.4)},
        "sweep_n": {"prompts": 20, "pictures": 40},
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / Metrics.STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(5).integers(0, 256, (3, 8, 16, 16, 3), dtype=np.uint8)
    for name in ("curves", "strip", "best"):
        figures.grid(folder / f"{name}.png", sheet)
    for place, scale in enumerate(("1", "1.5", "5")):
        figures.grid(folder / "frames" / f"{scale}.png", sheet[:1, place : place + 4], scale=4)
