"""The figures of the judge of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells
from rediffuse.plotting.figures import confusion, grid
from rediffuse.studies.picture_judge.measures import Examined

COLUMNS = 8


def draw_examples(path: Path, part: Examined, things: Sequence[str], scenes: Sequence[str], seed: int, n: int) -> None:
    """Pictures chosen by ``seed``, below each the thing and the scene that were read."""
    chosen = torch.randperm(len(part.images), generator=generator(seed, "examples", 0))[:n].tolist()
    said = list(zip(part.reading.things.argmax(1).tolist(), part.reading.scenes.argmax(1).tolist(), strict=True))
    images = cells(part.images)
    rows = [chosen[start : start + COLUMNS] for start in range(0, len(chosen), COLUMNS)]
    labels = [[f"{_marked(things[said[i][0]], part, i)}, {scenes[said[i][1]]}" for i in row] for row in rows]
    grid(path, [[images[i] for i in row] for row in rows], cell_labels=labels, scale=4)


def _marked(name: str, part: Examined, index: int) -> str:
    return name if bool(part.things_right[index]) else f"✗ {name}"


def draw_confusion(path: Path, truth: Tensor, probabilities: Tensor, names: Sequence[str], title: str) -> None:
    """What was read against what is so; truth int64 [N], probabilities [N, K]."""
    counts = multiclass_confusion_matrix(probabilities.argmax(1), truth, len(names))
    confusion(path, counts.numpy(), names, title=title)
