"""Figures of study A6."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.plotting.cases import cells, enlargement
from rediffuse.plotting.figures import curves, grid, write_strip
from rediffuse.studies.a6_edit_attribute.params import Params
from rediffuse.studies.a6_edit_attribute.study import EditResult, examples

SHARES = {"changed": "scene changed", "kept": "thing kept", "both": "both"}
FRAME_COLUMNS = 4
PAIRS = 4  # of the page's strip


def draw_edit(
    folder: Path, result: EditResult, metrics: Mapping[str, Any], pictures: PictureSet, params: Params
) -> None:
    """The curves as figures and as a table, the pictures, and a frame for each scale."""
    _draw_curves(folder, metrics)
    scale = enlargement(result.strip.shape[-1], 100)
    columns = [f"s = {s:g}" for s in result.scales]
    strip = result.strip.transpose(0, 1)
    grid(folder / "strip.png", [[*cells(row)] for row in strip], (), columns, row_title="noise", scale=scale)
    rows = examples(result, params.shown, params.seed)
    names = [pictures.things[int(result.edited.thing[row])] for row in rows]
    shown = [[*cells(result.edited.images[:, row])] for row in rows]
    labels = [[_cell_text(result, place, row, params) for place in range(len(columns))] for row in rows]
    grid(folder / "things.png", shown, names, columns, cell_labels=labels, scale=scale)
    _draw_strip(folder / "summary.png", result, dict(zip(rows[:PAIRS], names, strict=False)), params)
    _draw_frames(folder / "frames", result, rows, names)


def _draw_strip(path: Path, result: EditResult, named: Mapping[int, str], params: Params) -> None:
    """The page's strip: sources and what the chosen scale makes of them; ``named`` gives each source's thing."""
    images = [result.edited.images[place, row] for row in named for place in (0, result.best)]
    labels = [
        text for name in named.values() for text in (f"{name}\n{params.source_scene}", f"→ {params.target_scene}")
    ]
    write_strip(path, images, labels, group=2)


def _draw_curves(folder: Path, metrics: Mapping[str, Any]) -> None:
    curve = [(float(key), found) for key, found in metrics["curve"].items()]
    long = pd.DataFrame(
        [
            {"scale": scale, "what": name, "share": found[key]["mean"], **intervals.without_mean(found[key])}
            for key, name in SHARES.items()
            for scale, found in curve
        ]
    )
    curves(
        folder / "curves.png",
        long,
        "scale",
        "share",
        "what",
        low="low",
        high="high",
        x_label="edit scale s",
        y_label="of right sources",
        y_limits=(0, 1),
        percent=True,
    )
    edge = pd.DataFrame([{"scale": scale, **found["edges"]} for scale, found in curve])
    lines = [("drawn anew", metrics["redrawn"]["edges"]["mean"]), ("another thing", metrics["random_pair"]["mean"])]
    curves(
        folder / "edges.png",
        edge,
        "scale",
        "mean",
        low="low",
        high="high",
        x_label="edit scale s",
        y_label="F1 of the edges",
        y_limits=(0, 1.02),
        references=lines,
    )
    table = pd.DataFrame(
        [
            {"scale": scale, **{key: found[key]["mean"] for key in SHARES}, "edges": found["edges"]["mean"]}
            for scale, found in curve
        ]
    )
    table.to_csv(folder / "curves.csv", index=False, float_format="%.4f")


def _cell_text(result: EditResult, place: int, row: int, params: Params) -> str:
    """What the judge reads, in a word or two; nothing where neither scene is read and the thing is there."""
    edited = result.edited
    scene = params.source_scene if place == 0 and edited.scene[row] else ""
    if edited.changed[place, row]:
        scene = params.target_scene
    return ", ".join(word for word in (scene, "" if edited.kept[place, row] else "lost") if word)


def _draw_frames(folder: Path, result: EditResult, rows: list[int], names: list[str]) -> None:
    """Numbered from 00 in the order of the scales; all of one size."""
    folder.mkdir()
    scale = enlargement(result.edited.images.shape[-1], 160)
    parts = [slice(start, start + FRAME_COLUMNS) for start in range(0, len(rows), FRAME_COLUMNS)]
    for place in range(len(result.scales)):
        images = cells(result.edited.images[place][rows])
        grid(
            folder / f"{place:02d}.png",
            [[*images[part]] for part in parts],
            cell_labels=[names[part] for part in parts],
            scale=scale,
        )
