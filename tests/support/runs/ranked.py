"""A run of the studies of ranking and guidance that never was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.evaluation.metrics import StageMetrics
from rediffuse.plotting import figures
from rediffuse.studies.a3_generate_ranked.metrics import Metrics as RankedMetrics
from rediffuse.studies.a7_sweep_guidance.metrics import Metrics as GuidanceMetrics
from tests.support.runs.files import put_metrics

STAGES = ("generate_ranked", "sweep_guidance")
PICTURES = {"generate_ranked": ("best_of", "ranked", "prompt"), "sweep_guidance": ("curves", "strip", "best")}


SCHEMAS: dict[str, type[StageMetrics]] = {"generate_ranked": RankedMetrics, "sweep_guidance": GuidanceMetrics}


def told(value: float, half: float = 0.03) -> dict[str, float]:
    return {"mean": value, "low": round(value - half, 4), "high": round(value + half, 4)}


def ranked_metrics() -> dict[str, Any]:
    """As ``generate_ranked`` writes them."""
    things = {"best_of_1": 0.4125, "best_of_2": 0.5, "best_of_4": 0.5712, "best_of_8": 0.62}
    any_right = {"best_of_1": 0.4125, "best_of_2": 0.55, "best_of_4": 0.68, "best_of_8": 0.83}
    scenes = dict.fromkeys(things, 0.9)
    return {
        "thing_accuracy": {key: told(value) for key, value in things.items()},
        "scene_accuracy": {key: told(value) for key, value in scenes.items()},
        "any_right": {key: told(value) for key, value in any_right.items()},
        "gain": told(0.2075, 0.05),
        "rank_correlation": told(0.31, 0.06),
        "clip_score": told(51.2, 2.0),
        "real": {"thing_accuracy": told(0.7719), "scene_accuracy": told(0.9531)},
        "judge": {"artists": 9, "shared": 5},
        "n": 100,
        "pictures": 800,
        "guidance_scale": 5.0,
    }


def guidance_metrics() -> dict[str, Any]:
    """As ``sweep_guidance`` writes them."""

    def quality(thing: float, scene: float, clip: float) -> dict[str, Any]:
        return {
            "thing_accuracy": told(thing),
            "scene_accuracy": told(scene),
            "clip_score": told(clip, 1),
            "n": 800,
            "prompts": 200,
        }

    def change(clip: float, thing: float) -> dict[str, Any]:
        return {
            "clip_cosine": told(clip, 0.01),
            "thing_accuracy": told(thing, 0.05),
            "saturation": told(0.11),
            "diversity": told(-6.0, 1.0),
        }

    def point(scale: float) -> dict[str, Any]:
        names = ("clip_cosine", "thing_accuracy", "saturation", "clipped", "diversity")
        return {"guidance_scale": scale, **{name: told(0.5 - 0.3 / scale) for name in names}}

    return {
        "best": {"guidance_scale": 5.0, **quality(0.52, 0.95, 52.1)},
        "ceiling": quality(0.83, 0.98, 64.3),
        "gap": {"thing_accuracy": told(-0.31), "scene_accuracy": told(-0.03)},
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


def ranked_run_metrics() -> dict[str, dict[str, Any]]:
    """Of both stages."""
    return dict(zip(STAGES, (ranked_metrics(), guidance_metrics()), strict=True))


def write_ranked(root: Path, metrics: dict[str, dict[str, Any]] | None = None, *, plots: bool = True) -> None:
    """Write metrics and pictures below ``root``."""
    for stage, content in (metrics or ranked_run_metrics()).items():
        put_metrics(root, SCHEMAS[stage], content)
    sheet = np.random.default_rng(5).integers(0, 256, (3, 8, 16, 16, 3), dtype=np.uint8)
    for stage, names in PICTURES.items() if plots else ():
        (root / "plots" / stage).mkdir(parents=True, exist_ok=True)
        for name in names:
            figures.grid(root / "plots" / stage / f"{name}.png", sheet)
    frames = root / "plots" / "sweep_guidance" / "frames"
    if plots:
        frames.mkdir()
        for place, scale in enumerate(("1", "1.5", "5")):
            figures.grid(frames / f"{scale}.png", sheet[:1, place : place + 4], scale=4)
