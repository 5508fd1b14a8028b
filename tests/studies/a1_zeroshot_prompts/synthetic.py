"""A synthetic run of study A1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.plotting.cases import lying_bars
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics
from tests.support.synthetic_metrics import around, ends, put_metrics

ANIMALS = ("cat", "dog", "giraffe", "elephant", "horse")
DESCRIPTIONS = tuple(f"a description of a cat, number {index}" for index in range(5))
TEMPLATES = ("a photo of a {}", "a {}", "No {}, no score.")


def drawings(value: float) -> dict[str, Any]:
    """Two drawings of as many pictures, whose mean is ``value``."""
    shares = {"twemoji": 1.0, "fxemoji": round(2 * value - 1, 4)}
    return {name: {"accuracy": share, **ends(share, 0.1), "n": 32} for name, share in shares.items()}


def make_metrics() -> dict[str, Any]:
    """As ``zeroshot_prompts`` writes them."""
    shares = dict(zip(ANIMALS, (0.8123, 0.1042, 0.0011, 0.0421, 0.0403), strict=True))
    described = dict(zip(DESCRIPTIONS, (0.4111, 0.0712, 0.2813, 0.1877, 0.0487), strict=True))
    alone = dict(zip(TEMPLATES, (0.9412, 0.9211, 0.7014), strict=True))
    return {
        "animals": {
            "accuracy": 0.9345,
            **ends(0.9345, 0.031),
            "n": 320,
            "drawings": 16,
            "baseline_1nn": {"accuracy": 0.4511, **ends(0.4511, 0.1), "lead": around(0.4834, 0.09)},
        },
        "by_animal": {
            name: {"accuracy": value, **ends(value, 0.0613), "n": 64, "drawings": drawings(value)}
            for name, value in zip(ANIMALS, (0.8906, 0.9063, 0.9688, 0.9531, 0.9537), strict=True)
        },
        "photograph": {"representation": shares, "descriptions": described},
        "drawn": {
            "representation": {name: {"mean": value, **ends(value, 0.0219)} for name, value in shares.items()},
            "descriptions": {name: {"mean": value, **ends(value, 0.0317)} for name, value in described.items()},
        },
        "drawn_n": 62,
        "templates": {
            text: {"accuracy": value, **ends(value, 0.0277)}
            | (
                {}
                if text == TEMPLATES[0]
                else {"change": around(round(value - 0.9412, 4), 0.0181), "drawings_changed": 5}
            )
            | {"ensemble_less": around(round(0.9387 - value, 4), 0.0191)}
            for text, value in alone.items()
        },
        "ensemble": {"accuracy": 0.9387, **ends(0.9387, 0.0264), "change": around(0.0841, 0.0193)},
        "spread": {"lowest": 0.7014, "highest": 0.9412, "mean": 0.8546},
    }


def write(root: Path) -> None:
    """Write metrics, and the pictures with the functions that the stage uses, below ``root``."""
    metrics = make_metrics()
    put_metrics(root, Metrics, metrics)
    folder = root / "plots" / Metrics.STAGE
    folder.mkdir(parents=True)
    sheet = np.random.default_rng(3).integers(0, 256, (5, 6, 16, 16, 3), dtype=np.uint8)
    figures.grid(folder / "photograph.png", sheet[:1, :2], (), ["stored", "read"])
    figures.grid(folder / "animals.png", sheet, ANIMALS)
    figures.grid(folder / "drawings.png", sheet[:, :2], ANIMALS)
    for key, found in metrics["drawn"].items():
        lying_bars(folder / f"{key}.png", list(found), {"drawn": list(found.values())}, x_label="probability")
    bars = {"": [{"mean": 0.9, "low": 0.8, "high": 1.0}] * 3}
    lying_bars(folder / "templates.png", TEMPLATES, bars, x_label="right")
