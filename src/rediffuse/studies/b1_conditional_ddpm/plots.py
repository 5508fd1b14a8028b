"""The figures of study B1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.plotting.cases import cells
from rediffuse.plotting.figures import Panel, bars, curves, grid, spread, write_strip
from rediffuse.studies.b1_conditional_ddpm.study import Drawn

DIGITS = [str(digit) for digit in range(NUM_DIGITS)]


def draw_grid(path: Path, images: Tensor, columns: int = 10) -> None:
    """The first ``columns`` images of each digit; images are uint8 [10 · n, 3, H, W], digits outermost."""
    rows = cells(images).reshape(NUM_DIGITS, -1, *cells(images).shape[1:])[:, :columns]
    labels = [str(column) for column in range(rows.shape[1])]
    grid(path, rows, row_labels=DIGITS, column_labels=labels, row_title="digit", column_title="noise")


def draw_strip(path: Path, saved: dict[str, Drawn], most: int = 8) -> None:
    """The page's strip: the first image of some digits, as many of each set."""
    digits = spread(NUM_DIGITS, max(1, most // len(saved)))
    images = [part.images.unflatten(0, (NUM_DIGITS, -1))[digit, 0] for part in saved.values() for digit in digits]
    write_strip(path, images, [str(digit) for digit in digits] * len(saved), group=len(digits))


def draw_film(path: Path, x_t: Tensor, x_0: Tensor, timesteps: tuple[int, ...]) -> None:
    """x_t above the guess of x_0, uint8 [len(timesteps), 3, H, W] each."""
    labels = [f"t = {t}" for t in timesteps]
    grid(path, np.stack([cells(x_t), cells(x_0)]), ["x_t", "x_0 guess"], labels, scale=4)


def draw_nearest(path: Path, images: Tensor, training: Tensor) -> None:
    """Generated images above their nearest training images, uint8 [N, 3, H, W] each."""
    grid(path, np.stack([cells(images), cells(training)]), ["generated", "nearest in training"])


def draw_misread(path: Path, part: Drawn, columns: int = 10, most: int = 50) -> None:
    """The images that the judge read as another digit; a blank place where there is none."""
    wrong = torch.nonzero(~part.reading.right).flatten()[:most].tolist()
    rows = [wrong[start : start + columns] for start in range(0, len(wrong), columns)]
    if not rows:
        grid(path, [[np.full((28, 28, 3), 255, np.uint8)]], ["none misread"])
        return
    labels = [[f"{part.reading.digits[i]}→{part.reading.answers[i]}" for i in row] for row in rows]
    grid(path, [list(cells(part.images[row])) for row in rows], cell_labels=labels)


def draw_by_digit(path: Path, found: dict[str, dict[str, dict[str, float]]]) -> None:
    """Accuracy of each digit with its interval, a group for each set."""

    def column(key: str) -> dict[str, list[float]]:
        return {name: [digit[key] for digit in digits.values()] for name, digits in found.items()}

    lowest = min(low for lows in column("low").values() for low in lows)
    bars(
        path,
        DIGITS,
        column("mean"),
        column("low"),
        column("high"),
        y_label="classified correctly by the judge",
        x_label="digit",
        y_limits=(max(0.0, lowest - 0.02), 1.0),
        percent=True,
    )


def draw_sweep(path: Path, sweep: pd.DataFrame) -> None:
    """Accuracy, diversity and kernel distance against the guidance scale."""
    panels = [
        Panel("accuracy", "classified correctly", "accuracy_low", "accuracy_high", percent=True),
        Panel("diversity", "diversity (distance in features)", "diversity_low", "diversity_high"),
        Panel("kid", "kernel distance from real images", "kid_low", "kid_high"),
    ]
    curves(path, sweep, "scale", group="set", x_label="guidance_scale", panels=panels)


def confusion_rows(saved: dict[str, Drawn]) -> pd.DataFrame:
    """A row for each image, as DVC's confusion template reads them: set, actual, predicted."""
    return pd.concat(
        pd.DataFrame({"set": name, "actual": part.reading.digits.numpy(), "predicted": part.reading.answers.numpy()})
        for name, part in saved.items()
    )
