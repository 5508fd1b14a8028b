"""A synthetic run of study B3b."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rediffuse.plotting import figures
from rediffuse.studies.b3b_personalization.metrics import Metrics
from tests.support.synthetic_metrics import around, put_metrics

STAGE = Metrics.STAGE
MEASURES = ("clip_i", "clip_t", "judge", "kept")


def span(value: float, half: float = 0.0313) -> dict[str, float]:
    return around(value, half)


def word(kind: str, start: float) -> dict[str, Any]:
    """One word's part; all numbers differ."""
    steps = {"clip_i": 0.0713, "clip_t": -0.0519, "judge": 0.1117, "kept": -0.0413}
    values = {
        str(step): {
            key: round(start + place * 0.0131 + rise * step / 7, 4) for place, (key, rise) in enumerate(steps.items())
        }
        for step in (0, 7, 14)
    }
    found: dict[str, Any] = {}
    for key, step in ((f"{kind}_initial", "0"), (kind, "14")):
        found[key] = {name: span(value) for name, value in values[step].items()}
    found[f"{kind}_change"] = {name: span(round(2 * rise, 4), abs(rise)) for name, rise in steps.items()}
    found[f"{kind}_curve"] = {
        step: {name: span(value) for name, value in part.items()} for step, part in values.items()
    }
    found[f"{kind}_real"] = span(round(start + 0.5077, 4))
    return found


def make_metrics() -> dict[str, Any]:
    """As ``personalize`` writes them."""
    pairs = {"naive": 0.2119, "composed": 0.3523}
    alone = {"thing": span(0.4427), "style": span(0.1123), "both": span(0.0721)}
    return {
        **word("thing", 0.2311),
        **word("style", 0.3307),
        "pair": {way: span(value) for way, value in pairs.items()},
        "pair_change": span(0.1404, 0.0613),
        "pair_parts": {
            "naive": {"thing": span(0.4127), "style": span(0.5129), "both": span(pairs["naive"])},
            "composed": {"thing": span(0.5231), "style": span(0.6237), "both": span(pairs["composed"])},
        },
        "alone": {"naive": alone, "composed": {**alone, "thing": span(0.4529), "both": span(0.0817)}},
        "thing_gain": {"naive": span(-0.0303, 0.0417), "composed": span(0.0702, 0.0433)},
        "style_gain": {"naive": span(0.4006, 0.0707), "composed": span(0.5114, 0.0719)},
        "both_gain": {"naive": span(0.1398, 0.0631), "composed": span(0.2706, 0.0641)},
        "choosing": {
            "naive": {"6": span(0.1957), "11": span(0.2253)},
            "composed": {"7 and 3": span(0.2459), "9 and 9": span(0.3361)},
        },
        "scales": {"naive": 11.0, "thing": 7.0, "style": 3.0},
        "style_false": span(0.0727),
        "kept_real": span(0.7541),
        "judge": {"artists": 9, "shared": 5},
        "n": 51,
        "objects": 17,
        "pair_n": 202,
        "own": {"teapot": {"before": span(0.1807), "after": span(0.4309), "change": span(0.2502)}},
    }


def write(root: Path) -> None:
    """Write metrics, and every picture that the page shows, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    folder = root / "plots" / STAGE
    (folder / "frames").mkdir(parents=True)
    sheet = np.random.default_rng(13).integers(0, 256, (2, 3, 16, 16, 3), dtype=np.uint8)
    for name in ("learned", "pair", "harder", "thing", "style", "thing_curves", "style_curves", "own"):
        figures.grid(folder / f"{name}.png", sheet)
    for place, step in enumerate((0, 7, 14)):
        figures.grid(folder / "frames" / f"{step:05d}.png", sheet[:, place : place + 1], scale=5)
