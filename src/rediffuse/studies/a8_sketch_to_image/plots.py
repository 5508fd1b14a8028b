"""The figures of study A8."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells, choose, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, write_strip
from rediffuse.studies.a8_sketch_to_image.params import Params
from rediffuse.studies.a8_sketch_to_image.study import ALONE, OFF, STUDY, SketchResult, key_of

LABELS = {
    "edge_f1": "F1 of the lines",
    "matched": "matched to its sketch",
    "thing_accuracy": "thing classified correctly",
}


def draw_sketches(
    folder: Path, result: SketchResult, metrics: Mapping[str, Any], pictures: PictureSet, params: Params
) -> None:
    """Sketches beside what was drawn after them, the user's own, curves over strength, a frame for each strength."""
    names = [OFF, *map(key_of, params.strengths)]
    columns = ["picture", "sketch", "off", *(f"{strength:g}" for strength in params.strengths)]
    images = {name: result.drawn[name].images[:, 0] for name in names}
    side = images[OFF].shape[-1]
    scale = enlargement(side, 96)
    rows = choose(torch.arange(len(result.subjects.images)), params.rows, generator(params.seed, f"{STUDY} rows", 0))
    real = _sized(result.subjects.images, side)
    sketches = white(result.subjects.sketches, side)
    shown = [[*cells(torch.stack([real[r], sketches[r], *(images[name][r] for name in names)]))] for r in rows]
    things = [pictures.things[int(result.subjects.prompts.thing[row])] for row in rows]
    grid(folder / "sketches.png", shown, things, columns, column_title="strength of control", scale=scale)
    _draw_strip(folder / "summary.png", sketches[rows], images[names[-1]][rows], things)
    if result.own:
        _draw_own(folder / "own.png", result, columns[1:], scale)
    _draw_curves(folder, metrics, params)
    _draw_frames(folder / "frames", images, sketches, rows)


def _draw_own(path: Path, result: SketchResult, columns: list[str], scale: int) -> None:
    """A row for each noise of each of the user's drawings: its lines, and what is drawn at each strength."""
    side = result.drawn[OFF].images.shape[-1]
    own = []
    for lines, drawn in result.own.values():
        sketch = white(lines[None], side)
        own += [[*cells(torch.cat([sketch, drawn[:, noise]]))] for noise in range(drawn.shape[1])]
    labels = [name for name, (_, drawn) in result.own.items() for _ in range(drawn.shape[1])]
    grid(path, own, labels, columns, column_title="strength of control", scale=scale)


def _draw_strip(path: Path, sketches: Tensor, drawn: Tensor, things: list[str], most: int = 4) -> None:
    """The page's strip: sketches, each beside what is generated from it; uint8 [N, 3, H, W] both."""
    pairs = torch.stack([sketches, drawn], 1)[:most].flatten(0, 1)
    write_strip(path, pairs, [text for thing in things[:most] for text in ("sketch", thing)], group=2)


def white(sketches: Tensor, side: int) -> Tensor:
    """Sketches bool [N, h, w] as pictures uint8 [N, 3, side, side], dark lines on white."""
    return _sized(255 * (~sketches).to(torch.uint8)[:, None].expand(-1, 3, -1, -1), side)


def _sized(images: Tensor, side: int) -> Tensor:
    if images.shape[-1] == side:
        return images
    return F.interpolate(images.float(), (side, side), mode="nearest").to(torch.uint8)


def _draw_curves(folder: Path, metrics: Mapping[str, Any], params: Params) -> None:
    """Curves from strength 0, where a trained decoder is used as well, with what the model does without control."""
    alone = metrics.get("decoder_alone")
    measures = {key: metrics[key] if alone is None else {**metrics[key], ALONE: alone[key]} for key in LABELS}
    start = OFF if alone is None else ALONE
    names = {0.0: start, **{strength: key_of(strength) for strength in params.strengths}}
    table = pd.DataFrame(
        [
            {
                "strength": strength,
                **{
                    column: value
                    for key, found in measures.items()
                    for column, value in (
                        (key, found[name]["mean"]),
                        (f"{key}_low", found[name]["low"]),
                        (f"{key}_high", found[name]["high"]),
                    )
                },
            }
            for strength, name in names.items()
        ]
    )
    real = {"edge_f1": "real", "matched": "real_matched", "thing_accuracy": "real_thing"}
    lines = {key: [("the real picture", metrics[name]["mean"])] for key, name in real.items()}
    lines["edge_f1"].append(("another picture", metrics["random_pair"]["mean"]))
    if alone is not None:
        for key in LABELS:
            lines[key].append(("without control", metrics[key][OFF]["mean"]))
    panels = [
        Panel(key, label, f"{key}_low", f"{key}_high", lines[key], (0, 1.02), percent=key != "edge_f1")
        for key, label in LABELS.items()
    ]
    curves(folder / "curves.png", table, "strength", x_label="strength of control", panels=panels)
    table.to_csv(folder / "curves.csv", index=False, float_format="%.4f")


def _draw_frames(folder: Path, images: dict[str, Tensor], sketches: Tensor, rows: list[int]) -> None:
    """Numbered from 00 in the order of the strengths: sketches above, pictures below; all of one size."""
    folder.mkdir()
    shown = rows[:6]
    scale = enlargement(sketches.shape[-1], 128)
    above: list[np.ndarray] = [*cells(sketches[shown])]
    for place, drawn in enumerate(images.values()):
        grid(folder / f"{place:02d}.png", [above, [*cells(drawn[shown])]], scale=scale)
