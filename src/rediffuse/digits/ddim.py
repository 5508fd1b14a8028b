"""Study B2 on the digits: drawing with DDIM, measures, figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rediffuse import intervals
from rediffuse.compute import initial_noise
from rediffuse.diffusion.ddim_study import Interpolation, distances, sharpness
from rediffuse.digits.classifier import DigitClassifier, read
from rediffuse.digits.condition import NUM_DIGITS
from rediffuse.digits.dataset import cells, to_bytes
from rediffuse.digits.generate import BATCH, SHAPE, DigitModel
from rediffuse.errors import InputError
from rediffuse.params.ddim_grids import Params
from rediffuse.params.diffusion import SamplerSection
from rediffuse.report.figures import Panel, curves, grid


class DigitDdim:
    """Draws digits from given noises with DDIM; the columns go through the sets, then the digits."""

    def __init__(self, model: DigitModel, names: list[str], params: Params) -> None:
        total = model.schedule.num_train_timesteps
        for key in ("eta", "interpolation"):
            steps = getattr(params, key).num_inference_steps
            if steps > total:
                raise InputError(f"ddim_grids.{key}.num_inference_steps: found {steps}, at most the model's {total}")
        self.model, self.names, self.params = model, names, params

    def draw(self, x_T: Tensor, columns: Tensor, eta: float, steps: int, generators: list[torch.Generator]) -> Tensor:
        """Images uint8 [B, 3, 28, 28] from ``x_T``; see ``ddim_study.Draw``."""
        sampler = SamplerSection(
            name="ddim",
            num_inference_steps=steps,
            spacing=self.params.spacing,
            eta=eta,
            clip_x0=self.params.clip_x0,
            guidance_interval=self.params.guidance_interval,
        )
        digits, sets = columns // len(self.names) % NUM_DIGITS, columns % len(self.names)
        drawn = []
        with torch.inference_mode():
            for start in range(0, len(x_T), BATCH):
                rows = slice(start, start + BATCH)
                states = self.model.states(
                    digits[rows], sets[rows], sampler, self.params.guidance_scale, x_T[rows], generators[rows] or None
                )
                for state in states:
                    last = state
                drawn.append(to_bytes(last.x_prev).cpu())
        return torch.cat(drawn)

    def noise(self, study: str, count: int) -> tuple[Tensor, list[torch.Generator]]:
        """x_T and fresh generators of ``count`` images of a study."""
        return initial_noise(SHAPE, self.params.seed, f"ddim_grids/{study}", range(count))

    def label(self, column: int) -> str:
        """What a column shows."""
        return f"{column // len(self.names) % NUM_DIGITS} {self.names[column % len(self.names)]}"


def eta_metrics(images: Tensor, repeat: Tensor, etas: tuple[float, ...]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Distances from the η = 0 images, uint8 [len(etas), N, C, H, W]; ``repeat`` is η = 0 drawn again.

    Returns:
        the metrics, and the curve: a row for each η.
    """
    found = {
        f"eta_{eta:g}".replace(".", ""): intervals.mean(row) for eta, row in zip(etas, distances(images), strict=True)
    }
    curve = pd.DataFrame(
        {"eta": etas, **{key: [row[key] for row in found.values()] for key in ("mean", "low", "high")}}
    )
    metrics = {
        "distance": {key: row["mean"] for key, row in found.items()},
        "distance_interval": {key: {"low": row["low"], "high": row["high"]} for key, row in found.items()},
        "distance_n": images.shape[1],
        "repeat": float((images[0].int() - repeat.int()).abs().max()),
    }
    return metrics, curve


def path_metrics(judge: DigitClassifier, paths: Interpolation) -> tuple[dict[str, Any], pd.DataFrame]:
    """Norm, sharpness and the judge's confidence along the paths.

    Returns:
        the metrics at α = 0.5, and the curves: a row for each path and α.
    """
    rows = []
    for name, images in paths.images.items():
        points, pairs = images.shape[:2]
        confidence = read(judge, images.flatten(0, 1))[0].max(dim=1).values.view(points, pairs).numpy()
        sharp = sharpness(images)
        relative = sharp / ((sharp[:1] + sharp[-1:]) / 2)  # each pair against the mean of its own ends
        for index, alpha in enumerate(paths.alphas):
            row: dict[str, Any] = {"path": name, "alpha": float(alpha)}
            measures = {"norm": paths.norms[name][index], "sharpness": relative[index], "confidence": confidence[index]}
            for key, values in measures.items():
                found = intervals.mean(values)
                most = 1.0 if key == "confidence" else np.inf  # Student's interval may leave a probability's range
                row |= {key: found["mean"], f"{key}_low": found["low"], f"{key}_high": min(found["high"], most)}
            rows.append(row)
    curve = pd.DataFrame(rows)
    middle = curve[np.isclose(curve.alpha, 0.5)].set_index("path")

    def ends(key: str) -> dict[str, dict[str, float]]:
        return {
            name: {"low": float(middle[f"{key}_low"][name]), "high": float(middle[f"{key}_high"][name])}
            for name in middle.index
        }

    metrics = {
        "judge_confidence": middle["confidence"].to_dict(),
        "judge_confidence_interval": ends("confidence"),
        "norm": middle["norm"].to_dict(),
        "sharpness": middle["sharpness"].to_dict(),
        "sharpness_interval": ends("sharpness"),
        "pairs_n": next(iter(paths.images.values())).shape[1],
    }
    return metrics, curve


def plot_eta(folder: Path, images: Tensor, curve: pd.DataFrame, labels: list[str]) -> None:
    """The grid, η from top to bottom, and the distance against η."""
    rows = [f"η = {eta:g}" for eta in curve.eta]
    grid(folder / "digits_eta.png", cells(images[:, : len(labels)]), rows, labels, scale=3)
    curves(
        folder / "digits_eta_distance.png",
        curve,
        "eta",
        "mean",
        low="low",
        high="high",
        x_label="η",
        y_label="distance from the η = 0 image (0–255)",
    )
    curve.to_csv(folder / "digits_eta_distance.csv", index=False, float_format="%.4f")


def plot_paths(folder: Path, paths: Interpolation, curve: pd.DataFrame, shown: dict[str, int]) -> None:
    """A strip for each path of the pairs in ``shown`` (label: pair), and the curves against α."""
    strips, labels = [], []
    for label, pair in shown.items():
        for name, images in paths.images.items():
            strips.append(cells(images[:, pair]))
            labels.append(f"{label}, {name.replace('_', ' ')}")
    columns = [f"{alpha:.1f}" for alpha in paths.alphas]
    grid(folder / "digits_interpolation.png", np.stack(strips), labels, columns, column_title="α")
    panels = [
        Panel("norm", "‖x_T‖ / √d", "norm_low", "norm_high"),
        Panel("sharpness", "sharpness, relative to the ends", "sharpness_low", "sharpness_high"),
        Panel("confidence", "the judge's confidence", "confidence_low", "confidence_high", percent=True),
    ]
    named = curve.assign(path=curve.path.str.replace("_", " "))
    curves(
        folder / "digits_interpolation_curves.png",
        named,
        "alpha",
        group="path",
        x_label="α",
        panels=panels,
        x_ticks=[0, 0.25, 0.5, 0.75, 1],
    )
    curve.to_csv(folder / "digits_interpolation.csv", index=False, float_format="%.4f")
