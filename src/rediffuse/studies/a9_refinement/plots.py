"""The figures of study A9."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells, choose, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, write_strip
from rediffuse.studies.a9_refinement.params import Params
from rediffuse.studies.a9_refinement.study import STUDY, Refined, RefineResult

PAIRS = 4  # of the page's strip
PANELS = [
    Panel("success", "thing and scene correct", "success_low", "success_high", percent=True),
    Panel("clip", "100 × cosine, CLIP", "clip_low", "clip_high"),
]


def draw_refine(folder: Path, result: RefineResult, metrics: Mapping[str, Any], params: Params) -> None:
    """Curves with their tables, strips over the ascent, and a frame for each of its places."""
    _draw_curve(folder, "curve", metrics["curve"], "iteration")
    _draw_curve(folder, "rates", metrics["learning_rates"], "learning_rate")
    random = generator(params.seed, f"{STUDY} rows", 0)
    rows = choose(torch.arange(len(result.refined.prompts)), params.rows, random)
    places = sorted({round(place * params.ascent.iterations / 5) for place in range(6)})
    scale = enlargement(result.own.shape[-1], 96)
    grid(
        folder / "strips.png",
        [[*cells(result.refined.images[places, row])] for row in rows],
        [result.refined.prompts.texts[row].removeprefix("a picture of ") for row in rows],
        [str(place) for place in places],
        column_title="iteration",
        cell_labels=[[_cell_text(result.refined, place, row) for place in places] for row in rows],
        scale=scale,
    )
    _draw_strip(folder / "summary.png", result.refined, rows[:PAIRS])
    own = result.own[places].transpose(0, 1)
    grid(
        folder / "prompt.png",
        [[*cells(part)] for part in own],
        (),
        [str(place) for place in places],
        column_title="iteration",
        row_title="noise",
        scale=scale,
    )
    (folder / "frames").mkdir()
    for place, images in enumerate(result.own):
        frame = [[*cells(images)]]
        grid(folder / "frames" / f"{place:03d}.png", frame, scale=enlargement(images.shape[-1], 160))


def _draw_strip(path: Path, refined: Refined, rows: list[int]) -> None:
    """The page's strip: pictures before the ascent and after it, and whether the judge then reads what was asked."""
    images = [refined.images[place, row] for row in rows for place in (0, -1)]
    labels = []
    for row in rows:
        labels.append(refined.prompts.texts[row].removeprefix("a picture of ").replace(" in the style of ", ", "))
        labels.append(f"→ {'right' if refined.success[-1, row] else 'wrong'}")
    write_strip(path, images, labels, group=2)


def _draw_curve(folder: Path, name: str, found: Mapping[str, Any], key: str) -> None:
    table = pd.DataFrame(
        [
            {
                key: float(place),
                **_told_as("success", part["judge_success"]),
                **_told_as("clip", part["clip_score"]),
            }
            for place, part in found.items()
        ]
    )
    label = key.replace("_", " ")
    curves(folder / f"{name}.png", table, key, x_label=label, panels=PANELS)
    table.to_csv(folder / f"{name}.csv", index=False, float_format="%.4f")


def _told_as(name: str, found: Mapping[str, float]) -> dict[str, float]:
    return {name: found["mean"], f"{name}_low": found["low"], f"{name}_high": found["high"]}


def _cell_text(refined: Refined, place: int, row: int) -> str:
    return f"{refined.scores[place, row]:.0f} {'right' if refined.success[place, row] else 'wrong'}"
