"""The figures of study B3b."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from rediffuse.plotting.cases import cells, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, write_strip
from rediffuse.studies.b3b_personalization.own_concepts import OwnWord
from rediffuse.studies.b3b_personalization.pairs import Pair
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.study import PersonalResult

SHOWN = 10  # pictures of each evaluation
LONGEST = 12  # pictures of a row of the user's own


def draw_personal(folder: Path, result: PersonalResult, metrics: Mapping[str, Any], params: Params) -> None:
    """What the words are learned from, what they draw along the way, and both together."""
    scale = enlargement(result.concepts["thing"].shown.shape[-1], 96)
    names = [result.concepts[kind].section.token for kind in ("thing", "style")]
    learned = [[*cells(result.concepts[kind].shown)] for kind in ("thing", "style")]
    grid(folder / "learned.png", learned, names, scale=scale)
    for kind in ("thing", "style"):
        evaluations = result.evaluations[kind]
        rows = [[*cells(evaluation.images[:SHOWN])] for evaluation in evaluations.values()]
        grid(folder / f"{kind}.png", rows, [str(step) for step in evaluations], row_title="step", scale=scale)
        _draw_curves(folder, kind, metrics)
    count = params.pair.shown
    shown = {"thing alone": result.ways["naive"].alone, **{name: way.both for name, way in result.ways.items()}}
    labels = [[_cell_text(pair, place) for place in range(count)] for pair in shown.values()]
    pairs = [[*cells(pair.images[:count])] for pair in shown.values()]
    grid(folder / "pair.png", pairs, list(shown), cell_labels=labels, scale=scale)
    hard = [[*cells(way.hard_images)] for way in result.ways.values()]
    grid(folder / "harder.png", hard, list(result.ways), scale=scale)
    _draw_strip(folder / "summary.png", result)
    _draw_frames(folder / "frames", result)


def _draw_strip(path: Path, result: PersonalResult, each: int = 4) -> None:
    """The page's strip: pictures from which the thing's word is learned, and what the learned word generates."""
    concept, evaluations = result.concepts["thing"], result.evaluations["thing"]
    learned, drawn = concept.shown[:each], evaluations[max(evaluations)].images[:each]
    labels = ["training"] * len(learned) + [concept.section.token] * len(drawn)
    write_strip(path, [*learned, *drawn], labels, group=len(learned))


def draw_own_words(folder: Path, words: Mapping[str, OwnWord]) -> None:
    """The user's pictures of each concept, and what its word draws before and after; no file where there is none."""
    if not words:
        return
    rows, labels = [], []
    for word in words.values():
        rows += [[*cells(part[:LONGEST])] for part in (word.learned, word.before, word.after)]
        labels += [word.token, "initial word", "learned"]
    side = next(iter(words.values())).learned.shape[-1]
    grid(folder / "own.png", rows, labels, scale=enlargement(side, 96))


def _cell_text(pair: Pair, place: int) -> str:
    words = [name for name in ("thing", "style") if bool(getattr(pair, name)[place])]
    return "both" if len(words) == 2 else "".join(words) or "–"


def _draw_curves(folder: Path, kind: str, metrics: Mapping[str, Any]) -> None:
    rows = []
    for step, found in metrics[f"{kind}_curve"].items():
        row: dict[str, float] = {"step": int(step)}
        for key, part in found.items():
            row |= {key: part["mean"], f"{key}_low": part["low"], f"{key}_high": part["high"]}
        rows.append(row)
    table = pd.DataFrame(rows)
    panels = [
        Panel("clip_i", "CLIP-I", "clip_i_low", "clip_i_high"),
        Panel("clip_t", "CLIP-T", "clip_t_low", "clip_t_high"),
        Panel("judge", f"{kind} detected", "judge_low", "judge_high", percent=True),
        Panel("kept", "rest of the prompt kept", "kept_low", "kept_high", percent=True),
    ]
    curves(folder / f"{kind}_curves.png", table, "step", x_label="training step", panels=panels)
    table.to_csv(folder / f"{kind}_curves.csv", index=False, float_format="%.4f")


def _draw_frames(folder: Path, result: PersonalResult) -> None:
    """Numbered by the step: pictures of the thing above, of the style below; all of one size."""
    folder.mkdir()
    for step, thing in result.evaluations["thing"].items():
        style: Tensor = result.evaluations["style"][step].images
        rows = [[*cells(part[torch.arange(5)])] for part in (thing.images, style)]
        grid(folder / f"{step:05d}.png", rows, scale=enlargement(thing.images.shape[-1], 128))
