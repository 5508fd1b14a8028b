"""The house style of all plots: colours, sizes, and what every axis has in common.

Everything is drawn on white, since a figure stands as a card on a light or a dark page. Text is
sized to be read on a phone, where a figure is some 350 pixels wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from rediffuse.pipeline.text import as_shown

Reference = tuple[str, float]  # a label and the height at which its line is drawn

# Okabe and Ito's colours for colour-blind readers, those that hold on white first.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D")
MARKERS = "osD^vPX"
INK, MUTED, LINE = "#1f2328", "#57606a", "#d0d7de"
DPI = 200  # a panel is about 1,000 pixels wide: sharp on a phone's screen and in print
PANEL = (5.0, 3.3)  # inches

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.parse_math": False,  # dollar signs and backslashes of users are shown as written
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def canvas(path: str | Path, width: float, height: float, title: str) -> Iterator[Figure]:
    """A figure of ``width`` by ``height`` inches, written to ``path`` as PNG when the block ends."""
    # A reader's own matplotlibrc must not change the bytes.
    defaults: dict[Any, Any] = {key: value for key, value in matplotlib.rcParamsDefault.items() if "backend" not in key}
    with matplotlib.rc_context(defaults | _STYLE):
        figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        if title:
            figure.suptitle(as_shown(title), fontsize=12, fontweight="bold")
        yield figure
        figure.savefig(path, format="png", metadata={"Software": None})


def legend_label(name: str) -> str:
    """Return a group's name for the legend, from which matplotlib leaves out names that begin with an underscore."""
    shown = as_shown(name)
    return f"\u200b{shown}" if shown.startswith("_") else shown


def apply_scale(ax: Axes, y_label: str, y_limits: tuple[float, float] | None, percent: bool) -> None:
    """Label and limit the y axis; ``percent`` shows fractions as percentages."""
    # Upright text beside the axis is hard to read on a phone, so the label lies above it.
    ax.set_title(y_label, loc="left", color=INK)
    if y_limits is not None:
        ax.set_ylim(*y_limits)
    if percent:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))


def draw_references(ax: Axes, lines: Sequence[Reference]) -> None:
    """Draw dashed horizontal lines, each named at its right end."""
    for label, value in lines:
        ax.axhline(value, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.2)
        ax.annotate(
            as_shown(label),
            (1, value),
            (0, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color=MUTED,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )


def draw_legend(figure: Figure, ax: Axes) -> None:
    """Name the groups of ``ax`` above the figure, where there are several.

    At the left, where a phone that scrolls a wide figure begins.
    """
    handles, labels = ax.get_legend_handles_labels()
    if any(labels) and len(labels) > 1:
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 4))
