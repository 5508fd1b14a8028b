"""A synthetic run of study A5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.a5_interpolate_prompts.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics

STAGE = Metrics.STAGE
ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)


def span(value: float, half: float = 0.0313) -> dict[str, float]:
    return around(round(value, 4), half)


def make_metrics() -> dict[str, Any]:
    """As the stage writes them."""

    def along(shift: float) -> dict[str, Any]:
        return {
            f"alpha_{alpha:g}".replace(".", "_"): {
                "alpha": alpha,
                "start": span(0.7117 - 0.31 * alpha + shift),
                "end": span(0.3919 + 0.33 * alpha + shift),
            }
            for alpha in ALPHAS
        }

    def steps(shift: float) -> dict[str, Any]:
        lengths = (0.1123, 0.3127, 0.2929, 0.0931)
        return {f"step_{place + 1}": span(length + shift) for place, length in enumerate(lengths)}

    return {
        "evenness": {"lerp": span(0.6137, 0.0409), "slerp": span(0.6551, 0.0407)},
        "difference": {"evenness": span(0.0419, 0.0217), "length": span(0.0073, 0.0091)},
        "passes": {"start": span(-0.3100), "end": span(0.3300)},
        "middle": span(0.2001, 0.0227),
        "by_pair": {
            "a cat → a dog": {"lerp": 0.4271, "slerp": 0.4483},
            "a bus → a car": {"lerp": 0.8117, "slerp": 0.8329},
        },
        "length": {"lerp": span(0.8112, 0.04), "slerp": span(0.8185, 0.04)},
        "angle": {"mean": 31.7, "largest": 44.3},
        "similarity": {"lerp": along(0.0), "slerp": along(0.0041)},
        "steps": {"lerp": steps(0.0), "slerp": steps(0.0037)},
        "judge": {"scene": judged(0.9813, 0.8917, 6), "thing": judged(0.5119, 0.3471, 5)},
        "by_change": {
            "scene": {"evenness": span(0.6523, 0.07), "largest_step": span(0.3371, 0.09), "pairs": 4},
            "thing": {"evenness": span(0.8427, 0.06), "largest_step": span(0.1569, 0.02), "pairs": 3},
        },
        "scene_less_thing": span(-0.1904, 0.0913),
        "n": 32,
        "pairs": 8,
    }


def judged(ends: float, middle: float, pairs: int) -> dict[str, Any]:
    """What the judge read of scenes, or of things."""

    def place(start: float, end: float, surest: float) -> dict[str, Any]:
        return {"start": span(start), "end": span(end), "surest": span(surest)}

    return {
        "first": place(ends, 0.0123, ends + 0.0021),
        "middle": place(0.2117, 0.1311, middle),
        "last": place(0.0311, ends - 0.0037, ends),
        "dip": span(middle - ends, 0.0519),
        "pairs": pairs,
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(8).integers(0, 256, (3, 6, 16, 16, 3), dtype=np.uint8)
    for place, name in enumerate(("strips", "similarity", "steps", "scene", "thing")):
        figures.grid(folder / f"{name}.png", sheet[:, place:])
    for place in range(len(ALPHAS)):
        figures.grid(folder / "frames" / f"{place:02d}.png", sheet[:, place : place + 1].swapaxes(0, 1), scale=4)
