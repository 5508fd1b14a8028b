"""A run that never was: plausible metrics and plots, for the page to be built from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rediffuse.plotting import figures
from rediffuse.report.sections.registry import STUDIES
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics as DigitMetrics
from rediffuse.studies.b2_ddim.metrics import Metrics as DdimMetrics
from tests.support.runs.edit import write_edit
from tests.support.runs.faces import distance_steps, face_metrics, path_changes, write_face_plots
from tests.support.runs.files import put_metrics
from tests.support.runs.interpolation import write_interpolation
from tests.support.runs.judge import write_judge
from tests.support.runs.personal import write_personal
from tests.support.runs.ranked import write_ranked
from tests.support.runs.refine import write_refine
from tests.support.runs.schedules import write_schedules
from tests.support.runs.sketch import write_sketches
from tests.support.runs.zeroshot import write_zeroshot

Rewrite = Callable[[dict[str, Any], dict[str, Any]], None]
ALPHAS = [round(0.1 * step, 1) for step in range(11)]
MODES = ("slerp", "lerp", "corrected_lerp")


def span(value: float, half: float, n: int | None = None) -> dict[str, float]:
    """An interval around ``value``, within 0 and 1 for fractions."""
    ends = {"low": round(max(0.0, value - half), 4), "high": round(min(1.0, value + 0.7 * half), 4)}
    return ends if n is None else {**ends, "n": n}


def share(value: float, half: float, n: int) -> dict[str, float]:
    """A share with its interval."""
    return {"mean": value, **span(value, half, n)}


def digit_metrics(second: str = "street") -> dict[str, Any]:
    """As ``evaluate_digits`` writes them."""
    sets = ("mnistm", second)
    return {
        "guidance_scale": 3.0,
        "accuracy": share(0.993, 0.0073, 1000),
        "accuracy_by_set": {"mnistm": share(0.996, 0.0104, 500), second: share(0.99, 0.0131, 500)},
        "by_digit": {
            key: {f"digit_{digit}": 0.94 if digit == weak else 1.0 for digit in range(10)}
            for key, weak in zip(sets, (7, 3), strict=True)
        },
        "ceiling": {"mnistm": share(0.9814, 0.004, 5000), second: share(0.9652, 0.0038, 5000)},
        "ceiling_test": {"mnistm": share(0.9914, 0.002, 10000), second: share(0.9552, 0.0038, 10000)},
        "baseline_1nn": {"mnistm": share(0.8113, 0.011, 5000), second: share(0.7127, 0.0121, 5000)},
        "baseline_1nn_test": {"mnistm": share(0.7931, 0.011, 10000), second: share(0.6139, 0.0121, 10000)},
        "unguided": share(0.942, 0.0162, 1000),
        "unguided_by_set": {"mnistm": 0.9720, second: 0.9120},
        "guidance_gain": {**around(0.051, 0.0151), "n": 1000, "clusters": 1000},
        "frechet": {"mnistm": 3.412, second: 6.871},
        "frechet_real": {"mnistm": 0.614, second: 0.823},
        "kid": {"mnistm": around(2.8, 1.1), second: around(8.6, 1.2)},
        "kid_real": {"mnistm": around(-0.1, 0.2), second: around(0.1, 0.2)},
        "diversity": {"mnistm": around(8.214, 0.21), second: around(9.032, 0.19)},
        "diversity_real": {"mnistm": around(9.871, 0.22), second: around(10.64, 0.18)},
        "nearest": {
            "mnistm": {"generated": 4.121, "real": 4.309, "test": 4.41, "limit": 2.1, "copies": copies(0.014, 0.007)},
            second: {"generated": 4.87, "real": 5.012, "test": 5.11, "limit": 2.3, "copies": copies(0.008, 0.006)},
        },
        "sweep": {
            f"scale_{scale}": {
                "accuracy": {"mean": accuracy, **span(accuracy, 0.011, 1000)},
                "diversity": around(round(10.2 - 0.66 * scale, 3), 0.3),
                "kid": around(round(4.1 + 0.5 * (scale - 2) ** 2, 3), 0.6),
            }
            | ({} if scale == 3 else {"change": sweep_change(scale, accuracy)})
            for scale, accuracy in enumerate((0.942, 0.984, 0.993, 0.995, 0.995, 0.994), start=1)
        },
    }


def sweep_change(scale: int, accuracy: float) -> dict[str, Any]:
    """From the reported scale, 3."""
    return {
        "accuracy": around(round(accuracy - 0.993, 4), 0.006),
        "diversity": around(round(-0.66 * (scale - 3), 3), 0.1),
        "kid": around(round(0.5 * (scale - 2) ** 2 - 0.5, 3), 0.2),
    }


def around(value: float, half: float) -> dict[str, float]:
    """A mean with its interval, of any range."""
    return {"mean": value, "low": round(value - half, 4), "high": round(value + half, 4), "n": 500}


def copies(share: float, half: float) -> dict[str, dict[str, float]]:
    """Shares of near-copies among generated, real and test images."""
    shares = {"generated": (share, half), "real": (0.01, 0.006), "test": (0.012, 0.007)}
    return {kind: {"mean": value, **span(value, half, 500)} for kind, (value, half) in shares.items()}


def ddim_metrics() -> dict[str, Any]:
    """As ``ddim_grids`` writes them, for one subject."""
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
        "judge_confidence": {mode: {"mean": value, **span(value, 0.028)} for mode, value in confidence.items()},
        "norm": {"slerp": 1.0, "lerp": 0.707, "corrected_lerp": 1.0},
        "sharpness": {mode: {"mean": value, **span(value, 0.03)} for mode, value in sharpness.items()},
        "change": path_changes(confidence, sharpness),
        "pairs_n": 64,
    }


def write_metrics(root: Path, digits: dict[str, Any], ddim: dict[str, Any]) -> None:
    """Write both metrics files below ``root``."""
    put_metrics(root, DigitMetrics, digits)
    put_metrics(root, DdimMetrics, ddim)


def digit_image(digit: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 [28, 28, 3], a coloured digit on a coloured, grainy ground."""
    ground = rng.integers(0, 200, 3)
    image = Image.new("RGB", (28, 28), tuple(int(v) for v in ground))
    ink = tuple(int(v) for v in 255 - ground)
    font = ImageFont.load_default(24)
    ImageDraw.Draw(image).text((14 + int(rng.integers(-2, 3)), 14), str(digit), ink, font, anchor="mm")
    grain = rng.normal(0, 14, (28, 28, 3))
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)


def write_plots(root: Path, second: str = "street") -> None:
    """Draw every picture that the page shows, with the functions that the stages use."""
    rng = np.random.default_rng(7)
    for stage in ("fetch_digits", "evaluate_digits", "ddim_grids"):
        (root / "plots" / stage).mkdir(parents=True, exist_ok=True)
    digits, ddim = root / "plots" / "evaluate_digits", root / "plots" / "ddim_grids"
    sheet = np.stack([[digit_image(digit, rng) for _ in range(10)] for digit in range(10)])
    numbers = [str(digit) for digit in range(10)]
    for key in ("mnistm", second):
        figures.grid(root / "plots" / "fetch_digits" / f"{key}.png", sheet[:, ::-1], numbers, row_title="digit")
        figures.grid(digits / f"grid_{key}.png", sheet, numbers, numbers, row_title="digit", column_title="noise")
        noisy = [
            np.clip(sheet[0, 0] + rng.normal(0, s, (28, 28, 3)), 0, 255).astype(np.uint8) for s in range(120, 0, -20)
        ]
        times = [f"t = {t}" for t in (500, 300, 200, 100, 50, 1)]
        figures.grid(digits / f"film_{key}.png", [noisy, noisy[::-1]], ["x_t", "x_0 guess"], times, scale=4)
        figures.grid(digits / f"nearest_{key}.png", sheet[:6, :2], numbers[:6], ["sample", "nearest"])
    figures.grid(digits / f"misread_{second}.png", sheet[:1, :5], column_labels=["7 as 1"] * 5)
    _plots(digits, ddim, second)
    figures.grid(ddim / "digits_eta.png", sheet[:5, :4], ["0", "0.25", "0.5", "0.75", "1"], numbers[:4])
    ways = [np.concatenate([sheet[row], sheet[row + 1, :1]]) for row in range(3)]
    figures.grid(ddim / "digits_interpolation.png", ways, MODES, [f"{a:g}" for a in ALPHAS], column_title="α")


def _plots(digits: Path, ddim: Path, second: str) -> None:
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
            for key, drop in (("mnistm", 0.03), (second, 0.08))
            for s in range(1, 7)
        ]
    )
    panels = [
        figures.Panel("accuracy", "Accuracy", "low", "high", percent=True),
        figures.Panel("diversity", "Diversity"),
        figures.Panel("frechet", "Fréchet distance"),
    ]
    figures.curves(digits / "guidance.png", sweep, "scale", group="set", x_label="guidance scale", panels=panels)
    numbers = [str(digit) for digit in range(10)]
    heights = {key: [0.98] * 10 for key in ("mnistm", second)}
    low, high = ({key: [end] * 10 for key in heights} for end in (0.93, 1.0))
    figures.bars(
        digits / "by_digit.png", numbers, heights, low, high, y_label="Accuracy", x_label="digit", percent=True
    )
    drift = pd.DataFrame({"eta": [0, 0.25, 0.5, 0.75, 1], "d": [0, 18, 31, 43, 56]})
    drift = drift.assign(low=drift.d * 0.94, high=drift.d * 1.06)
    figures.curves(
        ddim / "digits_eta_distance.png", drift, "eta", "d", low="low", high="high", x_label="η", y_label="Distance"
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
    out = ddim / "digits_interpolation_curves.png"
    figures.curves(out, way, "alpha", group="mode", x_label="α", panels=panels, x_ticks=[0, 0.5, 1])


def write_strips(root: Path) -> None:
    """Write every study's strip; in place of its labels it says which study it belongs to."""
    images = np.arange(8 * 3, dtype=np.uint8).reshape(8, 3, 1, 1).repeat(16, 2).repeat(16, 3)
    for study in STUDIES:
        labels = [f"{study.number} <new{place}>" for place in range(len(images))]
        figures.write_strip(root / "plots" / study.stages[-1] / "summary.png", images, labels)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run, drawn once; for reading only."""
    root = tmp_path_factory.mktemp("drawn")
    write_plots(root)
    write_face_plots(root)
    write_metrics(root, digit_metrics(), {"digits": ddim_metrics(), "faces": face_metrics()})
    write_zeroshot(root)
    write_ranked(root)
    write_edit(root)
    write_schedules(root)
    write_interpolation(root)
    write_sketches(root)
    write_refine(root)
    write_personal(root)
    write_judge(root)
    write_strips(root)
    return root


@pytest.fixture
def run_folder(drawn: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be spoiled."""
    shutil.copytree(drawn, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def digits() -> dict[str, Any]:
    """The metrics of ``evaluate_digits``, to be altered."""
    return digit_metrics()


@pytest.fixture
def ddim() -> dict[str, Any]:
    """The metrics of ``ddim_grids``, to be altered."""
    return {"digits": ddim_metrics()}


@pytest.fixture
def rewrite(run_folder: Path) -> Rewrite:
    """Puts other metrics into the copy of the run."""
    return lambda digits, ddim: write_metrics(run_folder, digits, ddim)
