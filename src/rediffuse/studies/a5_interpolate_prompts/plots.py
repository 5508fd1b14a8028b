"""The figures of study A5."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rediffuse.plotting.cases import cells, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, spread, write_strip
from rediffuse.studies.a5_interpolate_prompts.params import Params
from rediffuse.studies.a5_interpolate_prompts.reading import Kind, Track, curve_rows
from rediffuse.studies.a5_interpolate_prompts.study import Ways, pair_name

SHOWN = 4  # pictures of a frame, side by side
ENDS = ("start", "end")


def draw_ways(folder: Path, result: Ways, metrics: Mapping[str, Any], params: Params) -> None:
    """Strips of the first noise of each pair, the curves, and a frame for each place of the first pair's way."""
    alphas = [f"{alpha:.3g}" for alpha in result.alphas.tolist()]
    rows = [(place, name) for place in range(len(params.pairs)) for name in result.ways]
    images = [[*cells(result.ways[name].images[place, 0])] for place, name in rows]
    names = [f"{pair_name(params.pairs[place])}, {name}" for place, name in rows]
    scale = enlargement(images[0][0].shape[0], 64)
    grid(folder / "strips.png", images, names, alphas, column_title="α", scale=scale)
    _draw_strip(folder / "summary.png", result, params)
    _draw_curves(folder, metrics)
    (folder / "frames").mkdir()
    first = result.ways["slerp"].images[0, :SHOWN].transpose(0, 1)  # [A, S, 3, H, W]
    for place, sheet in enumerate(first):
        scale = enlargement(sheet.shape[-1], 192)
        grid(folder / "frames" / f"{place:02d}.png", [[*cells(sheet)]], scale=scale, resampling="bicubic")


def _draw_strip(path: Path, result: Ways, params: Params, most: int = 8) -> None:
    """The page's strip: places of the first pair's way, both prompts below its ends."""
    places = spread(len(result.alphas), most)
    ends = [getattr(params.pairs[0], end).removeprefix("a picture of ") for end in ENDS]
    between = [f"α = {result.alphas[place]:.2g}" for place in places[1:-1]]
    write_strip(path, result.ways["slerp"].images[0, 0, places], [ends[0], *between, ends[1]])


def _draw_curves(folder: Path, metrics: Mapping[str, Any]) -> None:
    similar = pd.DataFrame(
        [
            {"way": name, "prompt": f"with the {end}", "alpha": point["alpha"], **point[end]}
            for name, points in metrics["similarity"].items()
            for end in ENDS
            for point in points.values()
        ]
    )
    panel = [Panel("mean", "CLIP cosine", "low", "high")]
    shown = similar[similar["way"] == "slerp"]  # lerp's lie upon these
    curves(folder / "similarity.png", shown, "alpha", group="prompt", x_label="α", panels=panel)
    similar.to_csv(folder / "similarity.csv", index=False, float_format="%.4f")
    steps = pd.DataFrame(
        [
            {"way": name, "step": place + 1, **found}
            for name, told in metrics["steps"].items()
            for place, found in enumerate(told.values())
        ]
    )
    panel = [Panel("mean", "distance of neighbours", "low", "high")]
    curves(folder / "steps.png", steps, "step", group="way", x_label="step along the way", panels=panel)
    wide = steps.pivot_table(index="step", columns="way", values="mean")
    wide.to_csv(folder / "steps.csv", float_format="%.4f")


def draw_judge(folder: Path, result: Ways, tracks: Mapping[Kind, Track]) -> None:
    """A figure and a table of each kind that the judge read."""
    for kind in tracks:
        table = pd.DataFrame(curve_rows(result, {kind: tracks[kind]}))
        panel = [Panel("mean", f"probability of the {kind}", "low", "high", y_limits=(0, 1), percent=True)]
        curves(folder / f"{kind}.png", table, "alpha", group="what", x_label="α", panels=panel)
        wide = table.pivot_table(index="alpha", columns="what", values="mean")[list(table["what"].unique())]
        wide.columns = pd.Index(["start", "end", "surest"])
        wide.to_csv(folder / f"{kind}.csv", float_format="%.4f")
