"""The figures of study A3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells, choose, enlargement
from rediffuse.plotting.figures import curves, grid, write_strip
from rediffuse.studies.a3_generate_ranked.params import Params
from rediffuse.studies.a3_generate_ranked.study import SIZES, STUDY, RankedResult


def best_of_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each n: accuracy with its interval, and of whatever choice would be best."""
    keys = [f"best_of_{n}" for n in SIZES]
    return pd.DataFrame(
        {
            "n": SIZES,
            "accuracy": [metrics["thing_accuracy"][key]["mean"] for key in keys],
            "low": [metrics["thing_accuracy"][key]["low"] for key in keys],
            "high": [metrics["thing_accuracy"][key]["high"] for key in keys],
            "any_right": [metrics["any_right"][key]["mean"] for key in keys],
        }
    )


def draw_ranked(folder: Path, result: RankedResult, metrics: Mapping[str, Any], params: Params) -> None:
    """The curve, its table, and pictures in CLIP's order."""
    table = best_of_table(metrics)
    chance = float(table["accuracy"].iloc[0])
    curves(
        folder / "best_of.png",
        table,
        "n",
        "accuracy",
        low="low",
        high="high",
        x_label="pictures that the closest is chosen from",
        y_label="thing classified correctly",
        references=[("chosen by chance", chance)],
        percent=True,
    )
    table.to_csv(folder / "best_of.csv", index=False, float_format="%.4f")
    columns = min(result.images.shape[1], 8)
    scale = enlargement(result.images.shape[-1], 96)
    titles = [str(place + 1) for place in range(columns)]
    shown = choose(torch.arange(len(result.prompts)), params.rows, generator(params.seed, f"{STUDY} rows", 0))
    orders = [closest_first(result.scores[row])[:columns] for row in shown]
    grid(
        folder / "ranked.png",
        [[*cells(result.images[row, order])] for row, order in zip(shown, orders, strict=True)],
        [_wrapped(result.prompts.texts[row]) for row in shown],
        titles,
        column_title="place by CLIP",
        cell_labels=[_cell_texts(result, row, order) for row, order in zip(shown, orders, strict=True)],
        scale=scale,
    )
    _draw_strip(folder / "summary.png", result, shown)
    order = closest_first(result.own_scores)[:columns]
    grid(
        folder / "prompt.png",
        [[*cells(result.own_images[order])]],
        (),
        titles,
        column_title="place by CLIP",
        cell_labels=[[f"{score:.1f}" for score in result.own_scores[order].tolist()]],
        scale=scale,
    )


def _draw_strip(path: Path, result: RankedResult, shown: list[int], most: int = 8) -> None:
    """The page's strip: of some prompts the picture that CLIP ranks first, the prompt below it."""
    best = [result.images[row, closest_first(result.scores[row])[0]] for row in shown[:most]]
    write_strip(path, best, [_wrapped(result.prompts.texts[row]) for row in shown[:most]])


def closest_first(scores: Tensor) -> Tensor:
    """Places of scores [S] from the highest to the lowest, int64 [S]; of equal ones the first drawn comes first."""
    return scores.argsort(descending=True, stable=True)


def _cell_texts(result: RankedResult, row: int, order: Tensor) -> list[str]:
    rows = zip(result.scores[row, order].tolist(), result.thing[row, order].tolist(), strict=True)
    return [f"{score:.1f} {'right' if right else 'wrong'}" for score, right in rows]


def _wrapped(text: str) -> str:
    return text.removeprefix("a picture of ").replace(" in the style of ", ", ")
