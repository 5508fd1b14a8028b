"""A synthetic run of study A6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rediffuse.plotting import figures
from rediffuse.studies.a6_edit_attribute.metrics import Metrics
from tests.support.synthetic_metrics import around, ends, put_metrics

STAGE = Metrics.STAGE
SCALES = ("0", "2", "3.5", "5", "8")


def counted(changed: float, kept: float, both: float) -> dict[str, Any]:
    shares = {"changed": changed, "kept": kept, "both": both}
    return {key: {"mean": value, **ends(value, 0.0711 + value / 50)} for key, value in shares.items()}


def way(changed: float, kept: float, both: float, edges: float) -> dict[str, Any]:
    every = counted(round(0.9 * changed, 4), round(0.61 * kept, 4), round(0.57 * both, 4))
    return {
        **counted(changed, kept, both),
        "edges": {"mean": edges, **ends(edges, 0.0213)},
        "unconditional": every,
    }


def moved(value: float, half: float = 0.0311) -> dict[str, float]:
    """A paired difference."""
    return around(value, half)


def apart(changed: float, kept: float, both: float, edges: float) -> dict[str, Any]:
    return dict(zip(("changed", "kept", "both", "edges"), map(moved, (changed, kept, both, edges)), strict=True))


def make_metrics() -> dict[str, Any]:
    """As ``edit_attribute`` writes them."""
    ways = [
        way(0.0, 1.0, 0.0, 1.0),
        way(0.1212, 0.9812, 0.1163, 0.9512),
        way(0.6116, 0.9614, 0.5911, 0.8713),
        way(0.9218, 0.9315, 0.8714, 0.8012),
        way(0.9819, 0.7716, 0.7618, 0.6915),
    ]
    curve = dict(zip(SCALES, ways, strict=True))
    best = curve["5"]
    return {
        "best": {"scale": 5.0, **best, "n": 51, "unconditional": {**best["unconditional"], "n": 83}},
        "redrawn": way(0.9917, 0.7313, 0.7211, 0.6217),
        "push": {"from": 2.0, "to": 8.0, **apart(0.8607, -0.2096, 0.6455, -0.2597)},
        "against_redrawn": {
            "best": {"scale": 5.0, **apart(-0.0699, 0.2002, 0.1503, 0.1795)},
            "equal": {"scale": 8.0, **apart(-0.0098, 0.0403, 0.0407, 0.0698)},
        },
        "random_pair": {"mean": 0.4418, **ends(0.4418, 0.0319)},
        "source": {
            key: {"mean": share, **ends(share, 0.0817), "n": 83}
            for key, share in (("scene", 0.9811), ("thing", 0.6219), ("right", 0.6145))
        },
        "things": {"all": 40, "right": 33},
        "curve": curve,
        "choosing": {"n": 27, "both": {"2": 0.1481, "3.5": 0.6296, "5": 0.8889, "8": 0.7778}},
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(6).integers(0, 256, (2, len(SCALES), 16, 16, 3), dtype=np.uint8)
    figures.grid(folder / "things.png", sheet, ("cat", "dog"), SCALES)
    figures.grid(folder / "strip.png", sheet[::-1], (), SCALES)
    table = pd.DataFrame({"s": [0, 2, 5], "a": [0.0, 0.4, 0.9]})
    for name in ("curves", "edges"):
        figures.curves(folder / f"{name}.png", table, "s", "a", x_label="s", y_label=name)
    for place in range(len(SCALES)):
        figures.grid(folder / "frames" / f"{place:02d}.png", sheet[:, place : place + 1], scale=6)
