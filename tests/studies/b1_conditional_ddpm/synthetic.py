"""A synthetic run of study B1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rediffuse.plotting import figures
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics
from tests.support.synthetic_digits import draw_digits
from tests.support.synthetic_metrics import around, ends, put_metrics

SECOND = "street"
SETS = ("mnistm", SECOND)


def share(value: float, half: float, n: int) -> dict[str, float]:
    """A share with its interval."""
    return {"mean": value, **ends(value, half), "n": n}


def estimate(value: float, half: float) -> dict[str, float]:
    """A mean with its interval and its number."""
    return {**around(value, half), "n": 500}


def make_metrics() -> dict[str, Any]:
    """As ``evaluate_digits`` writes them."""
    return {
        "guidance_scale": 3.0,
        "accuracy": share(0.993, 0.0073, 1000),
        "accuracy_by_set": {"mnistm": share(0.996, 0.0104, 500), SECOND: share(0.99, 0.0131, 500)},
        "by_digit": {
            key: {f"digit_{digit}": 0.94 if digit == weak else 1.0 for digit in range(10)}
            for key, weak in zip(SETS, (7, 3), strict=True)
        },
        "ceiling": {"mnistm": share(0.9814, 0.004, 5000), SECOND: share(0.9652, 0.0038, 5000)},
        "ceiling_test": {"mnistm": share(0.9914, 0.002, 10000), SECOND: share(0.9552, 0.0038, 10000)},
        "baseline_1nn": {"mnistm": share(0.8113, 0.011, 5000), SECOND: share(0.7127, 0.0121, 5000)},
        "baseline_1nn_test": {"mnistm": share(0.7931, 0.011, 10000), SECOND: share(0.6139, 0.0121, 10000)},
        "unguided": share(0.942, 0.0162, 1000),
        "unguided_by_set": {"mnistm": 0.9720, SECOND: 0.9120},
        "guidance_gain": {**estimate(0.051, 0.0151), "n": 1000, "clusters": 1000},
        "frechet": {"mnistm": 3.412, SECOND: 6.871},
        "frechet_real": {"mnistm": 0.614, SECOND: 0.823},
        "kid": {"mnistm": estimate(2.8, 1.1), SECOND: estimate(8.6, 1.2)},
        "kid_real": {"mnistm": estimate(-0.1, 0.2), SECOND: estimate(0.1, 0.2)},
        "diversity": {"mnistm": estimate(8.214, 0.21), SECOND: estimate(9.032, 0.19)},
        "diversity_real": {"mnistm": estimate(9.871, 0.22), SECOND: estimate(10.64, 0.18)},
        "nearest": {
            "mnistm": {"generated": 4.121, "real": 4.309, "test": 4.41, "limit": 2.1, "copies": copies(0.014, 0.007)},
            SECOND: {"generated": 4.87, "real": 5.012, "test": 5.11, "limit": 2.3, "copies": copies(0.008, 0.006)},
        },
        "sweep": {
            f"scale_{scale}": {
                "accuracy": {"mean": accuracy, **ends(accuracy, 0.011), "n": 1000},
                "diversity": estimate(round(10.2 - 0.66 * scale, 3), 0.3),
                "kid": estimate(round(4.1 + 0.5 * (scale - 2) ** 2, 3), 0.6),
            }
            | ({} if scale == 3 else {"change": sweep_change(scale, accuracy)})
            for scale, accuracy in enumerate((0.942, 0.984, 0.993, 0.995, 0.995, 0.994), start=1)
        },
    }


def sweep_change(scale: int, accuracy: float) -> dict[str, Any]:
    """From the reported scale, 3."""
    return {
        "accuracy": estimate(round(accuracy - 0.993, 4), 0.006),
        "diversity": estimate(round(-0.66 * (scale - 3), 3), 0.1),
        "kid": estimate(round(0.5 * (scale - 2) ** 2 - 0.5, 3), 0.2),
    }


def copies(generated: float, half: float) -> dict[str, dict[str, float]]:
    """Shares of near-copies among generated, real and test images."""
    shares = {"generated": (generated, half), "real": (0.01, 0.006), "test": (0.012, 0.007)}
    return {kind: share(value, half, 500) for kind, (value, half) in shares.items()}


def write(root: Path) -> None:
    """Write metrics, and the pictures with the functions that the stages use, below ``root``."""
    put_metrics(root, Metrics, make_metrics())
    rng = np.random.default_rng(7)
    data, folder = root / "plots" / "fetch_digits", root / "plots" / Metrics.STAGE
    for path in (data, folder):
        path.mkdir(parents=True)
    sheet = draw_digits(rng)
    numbers = [str(digit) for digit in range(10)]
    for key in SETS:
        figures.grid(data / f"{key}.png", sheet[:, ::-1], numbers, row_title="digit")
        figures.grid(folder / f"grid_{key}.png", sheet, numbers, numbers, row_title="digit", column_title="noise")
        noisy = [
            np.clip(sheet[0, 0] + rng.normal(0, s, (28, 28, 3)), 0, 255).astype(np.uint8) for s in range(120, 0, -20)
        ]
        times = [f"t = {t}" for t in (500, 300, 200, 100, 50, 1)]
        figures.grid(folder / f"film_{key}.png", [noisy, noisy[::-1]], ["x_t", "x_0 guess"], times, scale=4)
        figures.grid(folder / f"nearest_{key}.png", sheet[:6, :2], numbers[:6], ["sample", "nearest"])
    figures.grid(folder / f"misread_{SECOND}.png", sheet[:1, :5], column_labels=["7 as 1"] * 5)
    draw_curves(folder)


def draw_curves(folder: Path) -> None:
    """The sweep of the guidance scale, and the accuracy of each digit."""
    sweep = pd.DataFrame(
        [
            {
                "set": key,
                "scale": s,
                "accuracy": 0.995 - drop / s**2,
                "low": 0.985 - drop / s**2,
                "high": 0.999 - drop / s**2,
            }
            | {"diversity": 10 - s * drop * 9, "frechet": 4 + (s - 2) ** 2 * drop * 6}
            for key, drop in (("mnistm", 0.03), (SECOND, 0.08))
            for s in range(1, 7)
        ]
    )
    panels = [
        figures.Panel("accuracy", "Accuracy", "low", "high", percent=True),
        figures.Panel("diversity", "Diversity"),
        figures.Panel("frechet", "Fréchet distance"),
    ]
    figures.curves(folder / "guidance.png", sweep, "scale", group="set", x_label="guidance scale", panels=panels)
    numbers = [str(digit) for digit in range(10)]
    heights = {key: [0.98] * 10 for key in SETS}
    low, high = ({key: [end] * 10 for key in heights} for end in (0.93, 1.0))
    figures.bars(
        folder / "by_digit.png", numbers, heights, low, high, y_label="Accuracy", x_label="digit", percent=True
    )
