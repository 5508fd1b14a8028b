"""A synthetic run of study B3a."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from rediffuse.plotting import figures
from rediffuse.plotting.cases import Case, draw_cases, lying_bars
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics
from tests.support.synthetic_metrics import around, ends, put_metrics

NAMES = ("cat", "dog", "giraffe", "elephant", "horse")


def by_drawing(value: float, half: float, n: int, drawings: int) -> dict[str, float]:
    return {"acc1": value, **ends(value, half), "n": n, "drawings": drawings}


def beside(value: float, baseline: float, n: int, drawings: int) -> dict[str, Any]:
    """An accuracy, its baseline, and both of two artists."""

    def artists(share: float) -> dict[str, Any]:
        shares = {"fxemoji": share - 0.04, "twemoji": share + 0.04}
        return {name: by_drawing(round(own, 4), 0.09, n // 2, drawings // 2) for name, own in shares.items()}

    nearest = by_drawing(baseline, 0.07, n, drawings) | {"by_style": artists(baseline)}
    lead = around(round(value - baseline, 4), 0.0321)
    return {
        **by_drawing(value, 0.0149, n, drawings),
        "by_style": artists(value),
        "baseline_1nn": {**nearest, "lead": lead},
    }


def make_metrics() -> dict[str, Any]:
    """As ``zeroshot_accuracy`` writes them."""
    wordings = {"course": 0.8416, "bare name": 0.8254, "no score": 0.6017, "ensemble": 0.8502}
    templates = {
        "course": ("a photo of a {}", 1),
        "bare name": ("{}", 1),
        "no score": ("No {}, no score.", 1),
        "ensemble": ("a photo of a {}", 7),
    }
    changes = {
        "course": (0.0, 0.01),
        "bare name": (-0.0162, 0.009),
        "no score": (-0.2399, 0.05),
        "ensemble": (0.0086, 0.02),
    }
    return {
        "acc5": 0.9672,
        "mean_per_class_recall": 0.8413,
        **beside(0.8416, 0.4512, 2487, 122),
        "classes": 50,
        "clip_score": {"low": 31.2, "high": 31.9, "n": 2487, "mean": 31.55, "clusters": 122},
        "wordings": {
            name: by_drawing(value, 0.0155, 2487, 122)
            | {"change": around(*changes[name]), "template": templates[name][0], "templates": templates[name][1]}
            for name, value in wordings.items()
        },
        "candidates": 844,
        "all_things": {**beside(0.4123, 0.1283, 3102, 1551), "acc5": 0.6821, "things": 830},
        "unseen_things": {**by_drawing(0.0112, 0.0089, 181, 90), "acc5": 0.0643, "things": 11},
        "on_white": {
            "all_things": beside(0.5286, 0.4527, 1551, 1551),
            "classes": beside(0.8197, 0.6393, 122, 122),
        },
        "unseen_pairs": {
            "scene_accuracy": 0.9014,
            **ends(0.9014, 0.0173),
            "n": 1011,
            "drawings": 912,
            "pairs": 337,
            "without_thing": by_drawing(0.9212, 0.0167, 1011, 912),
            "naming": around(-0.0198, 0.011),
            "baseline_mean_picture": by_drawing(0.8598, 0.0167, 1011, 912) | {"lead": around(0.0416, 0.0141)},
        },
    }


def write(root: Path) -> None:
    """Write metrics, and the pictures with the functions that the stage uses, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / Metrics.STAGE
    folder.mkdir(parents=True)
    image = np.random.default_rng(3).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    case = Case(torch.from_numpy(image.transpose(2, 0, 1).copy()), "cat", NAMES, [0.6, 0.2, 0.1, 0.06, 0.04])
    draw_cases(folder / "cases.png", [case, case], [case])
    figures.confusion(folder / "confusion.png", np.eye(5, dtype=int), NAMES)
    lying_bars(folder / "wordings.png", ["course"], {"": [{"mean": 0.84}]}, x_label="right")
