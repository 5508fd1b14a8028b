"""All figures of all stages: one style, the same bytes from the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rediffuse.pipeline.text import as_shown
from rediffuse.plotting.contact import Labels, Resampling, compose, compose_strip, png_text
from rediffuse.plotting.house_style import (
    INK,
    MARKERS,
    PALETTE,
    PANEL,
    Reference,
    apply_scale,
    canvas,
    draw_legend,
    draw_references,
    legend_label,
)

if TYPE_CHECKING:
    import pandas as pd

Grouped = Sequence[float] | Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Panel:
    """One panel of ``curves``: columns of the frame, and how they are shown."""

    y: str  # column
    y_label: str = ""
    low: str | None = None  # column of the interval's lower end
    high: str | None = None  # column of its upper end
    references: Sequence[Reference] = ()
    y_limits: tuple[float, float] | None = None
    percent: bool = False  # fractions shown as percentages


def grid(
    path: str | Path,
    images: Any,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    *,
    row_title: str = "",
    column_title: str = "",
    cell_labels: Sequence[Sequence[str]] = (),
    scale: int = 3,
    gap: int = 2,
    resampling: Resampling = "nearest",
) -> None:
    """Write a sheet of small images, enlarged a whole number of times, labels around it, as PNG.

    Args:
        path: the PNG to write.
        images: uint8 [R, C, H, W, 3]; or rows of cells, where a cell is uint8 [H, W, 3], a grey
            image uint8 [H, W], a mask bool [H, W], or None for an empty place. Rows may be of
            different length; all images must be of one size.
        row_labels: R texts left of the rows, or none.
        column_labels: C texts above the columns, or none.
        row_title: what the rows are, upright at the left edge.
        column_title: what the columns are, above their labels.
        cell_labels: a text below each image, in the form of ``images``, or none.
        scale: pixels of the sheet for each pixel of an image, along each side.
        gap: pixels of white between the images.
        resampling: how images are enlarged; the PNG's text says it, and the page shows that text.

    Raises:
        ValueError: the sizes of the images, or the numbers of labels, do not agree.
    """
    labels = Labels(row_labels, column_labels, row_title, column_title, cell_labels)
    sheet = compose(images, labels, scale=scale, gap=gap, resampling=resampling)
    sheet.save(path, format="PNG", compress_level=9, pnginfo=png_text(scale, resampling))


def write_strip(path: str | Path, images: Any, labels: Sequence[str], *, group: int = 1) -> None:
    """Write one row of images that shows what a study is about, enlarged by bicubic interpolation, as PNG.

    The page shows it beside the study's headline number. The labels also stand in the PNG's text, from which the page
    takes what its alternative text says.

    Args:
        path: the PNG to write.
        images: uint8 [N, 3, H, W], or N images uint8 [3, H, W] of one size; grey ones may have one channel.
        labels: N texts below the images; long lines are wrapped.
        group: that many images stand close together; a wider gap separates groups.

    Raises:
        ValueError: the sizes of the images, or the number of labels, do not agree.
    """
    strip, scale = compose_strip(images, labels, group=group)
    description = ", ".join(" ".join(as_shown(label).split()) for label in labels)
    strip.save(path, format="PNG", compress_level=9, pnginfo=png_text(scale, "bicubic", description))


def spread(count: int, most: int) -> list[int]:
    """Choose at most ``most`` of the places 0 to ``count`` − 1, evenly spaced, both ends among them."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})


def curves(
    path: str | Path,
    frame: pd.DataFrame,
    x: str,
    y: str = "",
    group: str | None = None,
    *,
    low: str | None = None,
    high: str | None = None,
    x_label: str,
    y_label: str = "",
    title: str = "",
    panels: Sequence[Panel] | None = None,
    references: Sequence[Reference] = (),
    y_limits: tuple[float, float] | None = None,
    percent: bool = False,
    x_ticks: Sequence[float] | None = None,
) -> None:
    """Write lines over a common x, each with its shaded interval, as PNG.

    Args:
        path: the PNG to write.
        frame: long form, one row for each x and group.
        x: column of the abscissa.
        y, low, high, y_label, references, y_limits, percent: the one panel; see ``Panel``.
        group: column whose values, in their order of appearance, are one line each.
        x_label: what x is, with its unit.
        title: above all.
        panels: several panels side by side in place of the one above.
        x_ticks: where x is marked; as a rule at each value, where those are few.
    """
    panels = panels or [Panel(y, y_label, low, high, references, y_limits, percent)]
    with canvas(path, PANEL[0] * _shrink(len(panels)) * len(panels), PANEL[1], title) as figure:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for panel, ax in zip(panels, axes, strict=True):
            _panel(ax, panel, frame, x, group)
            ax.set_xlabel(x_label)
            ticks = list(frame[x].drop_duplicates()) if x_ticks is None else list(x_ticks)
            if x_ticks is not None or len(ticks) <= 7:
                ax.set_xticks(ticks, [as_shown(tick) if isinstance(tick, str) else f"{tick:g}" for tick in ticks])
        draw_legend(figure, axes[0])


def bars(
    path: str | Path,
    labels: Sequence[str],
    values: Grouped,
    low: Grouped,
    high: Grouped,
    *,
    y_label: str = "",
    x_label: str = "",
    y_limits: tuple[float, float] | None = None,
    percent: bool = False,
) -> None:
    """Write a bar chart with interval whiskers, groups side by side, as PNG.

    Args:
        path: the PNG to write.
        labels: N places on the x axis.
        values: N heights; or such a list for each group, in the legend's order.
        low, high: ends of the intervals, in the form of ``values`` (ends, not lengths).
        y_label: what the height is, with its unit.
        percent: heights are fractions, shown as percentages.
    """
    labels = [as_shown(label) for label in labels]
    heights, lows, highs = _by_group(values), _by_group(low), _by_group(high)
    places = np.arange(len(labels))
    width = 0.8 / len(heights)
    inches = min(9.0, max(PANEL[0], 0.27 * len(labels) * len(heights)))
    with canvas(path, inches, PANEL[1], "") as figure:
        ax = figure.subplots()
        for index, (name, column) in enumerate(heights.items()):
            at = places + width * (index - (len(heights) - 1) / 2)
            style: dict[str, Any] = {
                "color": PALETTE[index % len(PALETTE)],
                "label": legend_label(name),
                "width": 0.92 * width,
            }
            ax.bar(at, column, **style)
            spans = np.maximum([column - lows[name], highs[name] - column], 0)  # [2, N]
            ax.errorbar(at, column, spans, fmt="none", ecolor=INK, elinewidth=1.2, capsize=2.5)
        ax.set_xticks(places, labels, rotation=0 if sum(map(len, labels)) < 8 * inches else 35)
        ax.tick_params(axis="x", length=0)
        ax.set_xlabel(x_label)
        apply_scale(ax, y_label, y_limits, percent)
        draw_legend(figure, ax)


def confusion(
    path: str | Path,
    matrix: Any,
    labels: Sequence[str],
    *,
    x_label: str = "predicted",
    y_label: str = "true",
    title: str = "",
) -> None:
    """Write a confusion matrix as PNG: counts, shaded by their share of the row.

    Args:
        path: the PNG to write.
        matrix: counts [K, K], rows the truth, columns the answer.
        labels: K names.
    """
    counts = np.asarray(matrix)
    if counts.shape != (len(labels), len(labels)):
        raise ValueError(f"{len(labels)} labels for a matrix of shape {list(counts.shape)}")
    labels = [as_shown(label) for label in labels]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(10.0, max(4.2, 0.46 * len(labels) + 0.8))
    long = max(map(len, labels), default=0) > 3
    with canvas(path, side, side, title) as figure:
        ax = figure.subplots()
        ax.grid(visible=False)
        # The root lifts rare confusions off the white, which are what the reader looks for.
        ax.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1.15)
        size = max(5.0, min(11.0, 26 * side / max(len(labels), 1) / (0.7 * max(2, len(str(counts.max(initial=0)))))))
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if shares[row, column] > 0.35 else INK
            ax.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=size, color=colour)
        places = range(len(labels))
        ax.set_xticks(places, labels, fontsize=max(size, 6), rotation=90 if long else 0)
        ax.set_yticks(places, labels, fontsize=max(size, 6))
        ax.tick_params(length=0)
        ax.set_xlabel(x_label)
        ax.set_ylabel(y_label)


def _panel(ax: Axes, panel: Panel, frame: pd.DataFrame, x: str, group: str | None) -> None:
    parts = [("", frame)] if group is None else list(frame.groupby(group, sort=False))
    for index, (name, part) in enumerate(parts):
        colour = PALETTE[index % len(PALETTE)]
        ax.plot(
            part[x], part[panel.y], color=colour, marker=MARKERS[index % len(MARKERS)], label=legend_label(str(name))
        )
        if panel.low and panel.high:
            ax.fill_between(part[x], part[panel.low], part[panel.high], color=colour, alpha=0.18, linewidth=0)
    apply_scale(ax, panel.y_label, panel.y_limits, panel.percent)
    draw_references(ax, panel.references)


def _shrink(panels: int) -> float:
    return 1 / math.sqrt(1 + 0.22 * (panels - 1))


def _by_group(values: Grouped) -> dict[str, NDArray[np.float64]]:
    groups = values if isinstance(values, Mapping) else {"": values}
    return {name: np.asarray(column, dtype=np.float64) for name, column in groups.items()}
