"""The figures of study B2, the same of digits and of faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from torch import Tensor

from rediffuse.plotting.cases import cells
from rediffuse.plotting.figures import Panel, curves, grid, spread, write_strip
from rediffuse.studies.b2_ddim.study import Interpolation


def zoom(images: Tensor) -> int:
    """How often a pixel is repeated along each side, so that images [..., W] of any size are seen well."""
    return max(1, 84 // images.shape[-1])


def plot_eta(folder: Path, subject: str, images: Tensor, curve: pd.DataFrame, labels: list[str]) -> None:
    """The grid, η from top to bottom, and the distance against η."""
    rows = [f"η = {eta:g}" for eta in curve.eta]
    shown = cells(images[:, : len(labels)])
    grid(folder / f"{subject}_eta.png", shown, rows, labels, scale=zoom(images), resampling="bicubic")
    curves(
        folder / f"{subject}_eta_distance.png",
        curve,
        "eta",
        "mean",
        low="low",
        high="high",
        x_label="η",
        y_label="distance from the η = 0 image (0–255)",
    )
    curve.to_csv(folder / f"{subject}_eta_distance.csv", index=False, float_format="%.4f")


def plot_strip(path: Path, images: Tensor, etas: tuple[float, ...], noises: int = 2, most: int = 8) -> None:
    """The page's strip: the first noises, each over rising η; images are uint8 [len(etas), N, C, H, W]."""
    noises = min(noises, images.shape[1])
    rows = spread(len(etas), most // noises)
    shown = [images[row, noise] for noise in range(noises) for row in rows]
    write_strip(path, shown, [f"η = {etas[row]:g}" for row in rows] * noises, group=len(rows))


def plot_paths(folder: Path, subject: str, paths: Interpolation, curve: pd.DataFrame, shown: dict[str, int]) -> None:
    """A strip for each path of the pairs in ``shown`` (label: pair), and the curves against α."""
    strips, labels = [], []
    for label, pair in shown.items():
        for name, images in paths.images.items():
            strips.append(cells(images[:, pair]))
            labels.append(f"{label}, {name.replace('_', ' ')}")
    columns = [f"{alpha:.1f}" for alpha in paths.alphas]
    grid(
        folder / f"{subject}_interpolation.png",
        np.stack(strips),
        labels,
        columns,
        column_title="α",
        scale=zoom(paths.images["slerp"]),
        resampling="bicubic",
    )
    panels = [
        Panel("norm", "‖x_T‖ / √d", "norm_low", "norm_high"),
        Panel("sharpness", "sharpness, relative to the ends", "sharpness_low", "sharpness_high"),
        Panel("confidence", "the judge's confidence", "confidence_low", "confidence_high", percent=True),
    ]
    named = curve.assign(path=curve.path.str.replace("_", " "))
    curves(
        folder / f"{subject}_interpolation_curves.png",
        named,
        "alpha",
        group="path",
        x_label="α",
        panels=panels,
        x_ticks=[0, 0.25, 0.5, 0.75, 1],
    )
    curve.to_csv(folder / f"{subject}_interpolation.csv", index=False, float_format="%.4f")
