"""Pictures with bars and labels beside them, as several studies show them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray
from torch import Tensor

from rediffuse.pipeline.text import as_shown
from rediffuse.plotting.house_style import INK, MUTED, PALETTE, canvas, draw_legend, legend_label

Bars = Mapping[str, Sequence[dict[str, float]]]  # group: for each label its mean, and low and high where measured


@dataclass(frozen=True)
class Case:
    """A picture with the classes that the model found nearest.

    Attributes:
        image: uint8 [3, H, W].
        truth: its class.
        names: classes, the most probable first.
        shares: their probabilities.
    """

    image: Tensor
    truth: str
    names: Sequence[str]
    shares: Sequence[float]


def lying_bars(path: str | Path, labels: Sequence[str], values: Bars, *, x_label: str, title: str = "") -> None:
    """Write bars that lie, for labels too long to stand under a bar; shares of 1 with their intervals, as PNG."""
    wrapped = ["\n".join(textwrap.wrap(label, 26)) or label for label in map(as_shown, labels)]
    places = np.arange(len(labels))
    thickness = 0.8 / len(values)
    lines = sum(max(1.2 * (label.count("\n") + 1), 0.95 * len(values)) for label in wrapped)
    with canvas(path, 6.4, 0.9 + 0.22 * lines, title) as figure:
        ax = figure.subplots()
        for index, (group, column) in enumerate(values.items()):
            at = places + thickness * (index - (len(values) - 1) / 2)
            means = np.array([entry["mean"] for entry in column])
            ax.barh(at, means, height=0.92 * thickness, color=PALETTE[index], label=legend_label(group))
            ends = [(entry.get("low", entry["mean"]), entry.get("high", entry["mean"])) for entry in column]
            low, high = np.array(ends).T
            if (high > low).any():
                ax.errorbar(
                    means, at, xerr=[means - low, high - means], fmt="none", ecolor=INK, elinewidth=1.2, capsize=2
                )
            for place, mean, end in zip(at, means, high, strict=True):
                text = f"{100 * mean:.1f}"
                ax.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=9, color=INK)
        ax.set_yticks(places, wrapped)
        ax.invert_yaxis()
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False)
        ax.set_xlim(0, 1.09)
        ax.set_xticks(np.arange(0, 1.01, 0.2))
        ax.xaxis.set_major_formatter(PercentFormatter(1))
        ax.set_xlabel(x_label)
        draw_legend(figure, ax)


def draw_cases(path: str | Path, right: Sequence[Case], wrong: Sequence[Case]) -> None:
    """Write pictures that were read right, and pictures that were read wrong beside them, as PNG.

    Each stands with the probabilities of its nearest classes, the true one marked.
    """
    rows = max(len(right), len(wrong), 1)
    with canvas(path, 10, 0.5 + 1.55 * rows, "") as figure:
        halves: Any = figure.subfigures(1, 2, wspace=0.03)
        for half, cases, heading in zip(
            halves, (right, wrong), ("classified correctly", "classified incorrectly"), strict=True
        ):
            half.suptitle(heading if cases else f"{heading}: none", fontsize=12, fontweight="bold")
            _draw_half(half, cases, rows)


def _draw_half(half: SubFigure, cases: Sequence[Case], rows: int) -> None:
    axes = half.subplots(rows, 2, squeeze=False, gridspec_kw={"width_ratios": [1, 2.1]})
    for row, (left, right) in enumerate(axes):
        left.axis("off")
        if row >= len(cases):
            right.axis("off")
            continue
        case = cases[row]
        left.imshow(case.image.permute(1, 2, 0).numpy(), interpolation="nearest")
        left.set_title(as_shown(case.truth).replace("_", " "), fontsize=11, color=INK)
        _draw_shares(right, case)


def _draw_shares(ax: Axes, case: Case) -> None:
    places = np.arange(len(case.names))
    colours = [PALETTE[2] if name == case.truth else MUTED for name in case.names]
    ax.barh(places, case.shares, color=colours, height=0.74)
    for place, name, share in zip(places, case.names, case.shares, strict=True):
        text = f"{as_shown(name).replace('_', ' ')}  {100 * share:.0f}"
        inside = share > 0.6
        ax.annotate(
            text,
            (share, float(place)),
            (-4 if inside else 4, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            fontsize=10,
            color="white" if inside else INK,
        )
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for spine in ("bottom", "left"):
        ax.spines[spine].set_visible(spine == "left")


def cells(images: Tensor) -> NDArray[np.uint8]:
    """uint8 [..., C, H, W], grey or RGB, as ``figures.grid`` takes them, [..., H, W, 3]."""
    colour = images.movedim(-3, -1)
    return colour.expand(*colour.shape[:-1], 3).numpy()


def enlargement(image_size: int, pixels: int = 150) -> int:
    """Whole pixels for each pixel of a picture, so that it is shown at about ``pixels``."""
    return max(1, round(pixels / image_size))


def choose(places: Tensor, count: int, random: torch.Generator) -> list[int]:
    """At most ``count`` of the places, drawn and not picked, in their own order."""
    return sorted(places[torch.randperm(len(places), generator=random)[:count]].tolist())
