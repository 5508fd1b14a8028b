"""The figures of study A7."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells, choose, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, spread, write_strip
from rediffuse.studies.a7_sweep_guidance.best import BestResult
from rediffuse.studies.a7_sweep_guidance.params import Params
from rediffuse.studies.a7_sweep_guidance.study import CELLS, MEASURES, STUDY

NAMES = {"plain": "plain", "negative": "negative prompt", "suffix": "suffix", "both": "both"}
LABELS = {
    "clip_cosine": "CLIP cosine with the prompt",
    "thing_accuracy": "thing classified correctly",
    "saturation": "saturation",
    "diversity": "distance between seeds",
}


def curve_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each cell and scale; each measure with its interval."""
    rows = []
    for cell, points in metrics["curve"].items():
        for point in points.values():
            row = {"cell": NAMES[cell], "scale": point["guidance_scale"]}
            for key in MEASURES:
                row |= {key: point[key]["mean"], f"{key}_low": point[key]["low"], f"{key}_high": point[key]["high"]}
            rows.append(row)
    return pd.DataFrame(rows)


def draw_sweep(folder: Path, metrics: Mapping[str, Any], params: Params) -> None:
    """The curves, and the accuracy and the cosine as tables of one column a cell."""
    table = curve_table(metrics)
    panels = [
        Panel(key, label, f"{key}_low", f"{key}_high", percent=key == "thing_accuracy") for key, label in LABELS.items()
    ]
    ticks = [1.0, 5.0, 10.0, 15.0] if params.sweep.guidance_scales[-1] > 5 else None
    curves(folder / "curves.png", table, "scale", group="cell", x_label="guidance scale", panels=panels, x_ticks=ticks)
    table.to_csv(folder / "curves.csv", index=False, float_format="%.4f")
    for key in ("clip_cosine", "thing_accuracy"):
        wide = table.pivot_table(index="scale", columns="cell", values=key)[[NAMES[cell] for cell in CELLS]]
        wide.columns = pd.Index(CELLS)
        wide.to_csv(folder / f"{key}.csv", float_format="%.4f")


def draw_best(folder: Path, result: BestResult, judge: PictureJudge, params: Params, columns: int = 8) -> None:
    """Pictures of prompts drawn by chance, and below each what the judge read."""
    count = result.count
    prompts = torch.arange(len(result.prompts) // count)
    shown = choose(prompts, 3 * columns, generator(params.seed, f"{STUDY} shown", 0))
    places = [prompt * count for prompt in shown]
    read = result.verdict.reading.things
    texts = [f"{judge.config.things[int(read[p].argmax())]} {100 * float(read[p].max()):.0f}" for p in places]
    images = cells(result.images[places])
    starts = range(0, len(places), columns)
    grid(
        folder / "best.png",
        [[*images[start : start + columns]] for start in starts],
        cell_labels=[texts[start : start + columns] for start in starts],
        scale=enlargement(images.shape[1], 96),
    )
    table = {"prompt": [result.prompts.texts[p] for p in places], "read": texts}
    pd.DataFrame(table).to_csv(folder / "best.csv", index=False)


def draw_strip(folder: Path, strip: Tensor, params: Params) -> None:
    """Rows prompts, columns scales; and each column by itself, the prompts side by side, for a slider.

    Args:
        strip: uint8 [scales, prompts, 3, H, W].
    """
    scales = [f"{scale:g}" for scale in params.sweep.guidance_scales]
    size = strip.shape[-1]
    grid(
        folder / "strip.png",
        [[*cells(row)] for row in strip.transpose(0, 1)],
        list(params.strip_prompts),
        scales,
        column_title="guidance scale",
        scale=enlargement(size, 96),
    )
    shown = spread(len(strip), 8)
    write_strip(folder / "summary.png", strip[shown, 0], [f"scale {scales[place]}" for place in shown])
    (folder / "frames").mkdir()
    for scale, images in zip(scales, strip, strict=True):
        path, factor = folder / "frames" / f"{scale}.png", enlargement(size, 192)
        grid(path, [[*cells(images)]], scale=factor, resampling="bicubic")
