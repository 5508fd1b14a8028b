"""Study A2: zero-shot accuracy under noise, blur and rotation of rising severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from rediffuse.data.labelled import LabelledSet
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.accuracy import accuracy_summary
from rediffuse.evaluation.pixel_baselines import labelled_baseline
from rediffuse.evaluation.templates import prompt, prompts
from rediffuse.evaluation.zeroshot import probabilities, zeroshot_head
from rediffuse.models.clip.embedding import Clip, image_embeds, model_input
from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import cells, choose, enlargement
from rediffuse.plotting.figures import curves, grid, write_strip
from rediffuse.studies.a2_zeroshot_robustness.corruptions import KINDS, SEVERITIES, Kind, corrupt, level
from rediffuse.studies.a2_zeroshot_robustness.params import Params

STUDY = "zeroshot_robustness"
AT_ONCE = 1024  # corrupted pictures in memory


@dataclass(frozen=True, eq=False)
class RobustnessResult:
    """What the study measured.

    Attributes:
        clean: whether a picture was read right, bool [N].
        baseline: the same of 1-nearest neighbour on pixels, bool [N]; None where it has nothing to compare with.
        drawings: what each picture was made from, [N].
        right: the same for each kind, bool [5, N], by severity.
        photograph: the photograph as the model reads it, and for each kind corrupted, uint8 [1 + 5, 3, S, S].
        photograph_shares: their probabilities, [1 + 5, K].
        example, example_shares, example_truth: the same of one labelled picture over all classes, drawn by
            chance among those read right when clean.
    """

    clean: Tensor
    baseline: Tensor | None
    drawings: list[str]
    right: dict[str, Tensor]
    photograph: dict[str, Tensor]
    photograph_shares: dict[str, Tensor]
    example: dict[str, Tensor]
    example_shares: dict[str, Tensor]
    example_truth: int


def run_robustness(
    clip: Clip, labelled: LabelledSet, pictures: PictureSet, photograph: Tensor, params: Params
) -> RobustnessResult:
    """Corrupt, embed and read: first ``per_class`` pictures of each class, then the photograph, uint8 [3, H, W].

    The number of a picture in its folder seeds its corruption, whatever else is corrupted.
    """
    rows = first_of_each(labelled.labels, params.per_class)
    labels = labelled.labels[rows]
    images = model_input(clip, [labelled.images[row] for row in rows.tolist()])
    head = zeroshot_head(clip, prompts(params.wording, labelled.names))
    baseline = labelled_baseline(labelled, pictures, params.baseline_pictures)
    clean = (image_embeds(clip, images, label="clean") @ head.T).argmax(1) == labels
    right: dict[str, Tensor] = {}
    for kind in KINDS:
        found = [_read(clip, images, head, kind, severity, rows, params.seed) == labels for severity in SEVERITIES]
        right[kind] = torch.stack(found)

    texts = [[prompt(params.photograph_template, name)] for name in params.photograph]
    own = zeroshot_head(clip, texts)
    strip = _strip(clip, photograph[None], 0, params.seed, "photograph")
    known = torch.nonzero(clean).flatten() if clean.any() else torch.arange(len(rows))
    (chosen,) = choose(known, 1, generator(params.seed, f"{STUDY}/example", 0))
    example = _strip(clip, images[chosen : chosen + 1], int(rows[chosen]), params.seed, "labelled")
    return RobustnessResult(
        clean,
        None if baseline is None else baseline[rows],
        [labelled.drawings[row] for row in rows.tolist()],
        right,
        strip,
        {kind: probabilities(clip, image_embeds(clip, images), own) for kind, images in strip.items()},
        example,
        {kind: probabilities(clip, image_embeds(clip, images), head) for kind, images in example.items()},
        int(labels[chosen]),
    )


def first_of_each(labels: Tensor, count: int) -> Tensor:
    """Rows of the first ``count`` pictures of each class, int64, rising."""
    rows = [torch.nonzero(labels == label).flatten()[:count] for label in labels.unique()]
    return torch.cat(rows).sort().values


def _read(clip: Clip, pictures: Tensor, head: Tensor, kind: Kind, severity: int, rows: Tensor, seed: int) -> Tensor:
    """The nearest classes of the corrupted pictures, int64 [N]."""
    found = []
    label = f"{kind} {severity}"
    for start in tqdm(range(0, len(pictures), AT_ONCE), desc=label, unit="part", disable=None, leave=False):
        part = slice(start, start + AT_ONCE)
        spoiled = corrupt(pictures[part], kind, severity, seed, f"{STUDY}/labelled", rows[part])
        found.append((image_embeds(clip, spoiled, label=label) @ head.T).argmax(1))
    return torch.cat(found)


def _strip(clip: Clip, image: Tensor, index: int, seed: int, name: str) -> dict[str, Tensor]:
    """One picture, uint8 [1, 3, H, W], clean and through all severities of each kind, uint8 [1 + 5, 3, S, S]."""
    clean = model_input(clip, image)
    at = torch.tensor([index])
    return {
        kind: torch.cat([clean, *(corrupt(clean, kind, s, seed, f"{STUDY}/{name}", at) for s in SEVERITIES)])
        for kind in KINDS
    }


def robustness_metrics(result: RobustnessResult, image_size: int, candidates: tuple[str, ...]) -> dict[str, Any]:
    """All that is reported in numbers.

    ``mce`` is the mean corruption error of Hendrycks and Dietterich (2019), eq. 1, without its normaliser, which is the
    error of an AlexNet on the same pictures: the mean over kinds of the mean over severities of the error.

    Args:
        candidates: what the photograph is read among; the first is right.
    """
    cluster = np.asarray(result.drawings)
    found = {
        kind: [intervals.clustered_proportion(row, cluster) for row in rows] for kind, rows in result.right.items()
    }
    clean = accuracy_summary(result.clean, result.baseline, result.drawings, [""] * len(cluster))
    # Each picture meets every kind and severity, so the pictures, and not their copies, are what is sampled.
    errors = torch.stack([1 - rows.float().mean(0) for rows in result.right.values()]).mean(0)  # [N]
    mce = intervals.clustered_proportion(errors, cluster)
    metrics: dict[str, Any] = {
        kind: {_key(s): intervals.without_counts(row) for s, row in zip(SEVERITIES, rows, strict=True)}
        for kind, rows in found.items()
    }
    metrics["clean"] = {"mean": clean["acc1"], "low": clean["low"], "high": clean["high"]}
    if "baseline_1nn" in clean:
        metrics["baseline_1nn"] = {key: clean["baseline_1nn"][key] for key in ("acc1", "low", "high", "lead")}
    metrics["mce"] = intervals.without_counts(mce)
    metrics["n"] = clean["n"]
    metrics["drawings"] = clean["drawings"]
    metrics["corruption_error"] = {kind: float(1 - rows.float().mean()) for kind, rows in result.right.items()}
    metrics["difference"] = _differences(result, cluster)
    metrics["level"] = {kind: {_key(s): level(kind, s, image_size) for s in SEVERITIES} for kind in KINDS}
    metrics["image_size"] = image_size
    metrics["photograph"] = {"clean": float(result.photograph_shares[KINDS[0]][0, 0])} | {
        kind: {_key(s): float(shares[s, 0]) for s in SEVERITIES} for kind, shares in result.photograph_shares.items()
    }
    metrics["photograph_answer"] = _answers(result, candidates)
    return metrics


def _answers(result: RobustnessResult, candidates: tuple[str, ...]) -> dict[str, Any]:
    """What the photograph is read as, clean and at each kind and severity."""
    read = {
        kind: [candidates[place] for place in shares.argmax(1).tolist()]
        for kind, shares in result.photograph_shares.items()
    }
    return {"clean": read[KINDS[0]][0], "asked": candidates[0]} | {
        kind: {_key(s): answers[s] for s in SEVERITIES} for kind, answers in read.items()
    }


def _differences(result: RobustnessResult, cluster: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Compute what the sentences compare, picture by picture; the intervals are clustered by drawing.

    Returns:
        ``fall``, accuracy at severity 5 less clean; ``steps``, each severity less the one before; ``worst``, the kind
        with the largest mean error; ``worst_less``, that error less the one of each other kind.
    """

    def moved(after: Tensor, before: Tensor) -> dict[str, float]:
        return intervals.without_counts(intervals.clustered_difference(after.double(), before.double(), cluster))

    errors = {kind: 1 - rows.double().mean(0) for kind, rows in result.right.items()}  # [N]
    worst = max(errors, key=lambda kind: float(errors[kind].mean()))
    return {
        "fall": {kind: moved(rows[-1], result.clean) for kind, rows in result.right.items()},
        "steps": {
            kind: {
                _key(s): moved(after, before)
                for s, after, before in zip(SEVERITIES, rows, [result.clean, *rows[:-1]], strict=True)
            }
            for kind, rows in result.right.items()
        },
        "worst": worst,
        "worst_less": {kind: moved(errors[worst], error) for kind, error in errors.items() if kind != worst},
    }


def _key(severity: int) -> str:
    return f"severity_{severity}"


def severity_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each kind and severity, the clean pictures as severity 0."""
    rows = []
    for kind in KINDS:
        for severity in (0, *SEVERITIES):
            found = metrics[kind][_key(severity)] if severity else metrics["clean"]
            rows.append(
                {"kind": kind, "severity": severity, "accuracy": found["mean"], **intervals.without_mean(found)}
            )
    return pd.DataFrame(rows)


def draw_robustness(
    folder: Path, result: RobustnessResult, metrics: Mapping[str, Any], names: tuple[str, ...], params: Params
) -> None:
    """The figures, and the curves as a table."""
    table = severity_table(metrics)
    curves(
        folder / "severity.png",
        table,
        "severity",
        "accuracy",
        "kind",
        low="low",
        high="high",
        x_label="severity (0: clean)",
        y_label="classified correctly",
        y_limits=(0, 1),
        percent=True,
    )
    wide = table.pivot_table(index="severity", columns="kind", values="accuracy")[list(KINDS)]
    wide.to_csv(folder / "severity.csv", float_format="%.4f")
    _draw_strip(folder / "photograph.png", result.photograph, result.photograph_shares, params.photograph, 0)
    _draw_strip(folder / "example.png", result.example, result.example_shares, names, result.example_truth)
    _draw_summary(folder / "summary.png", result, names)


def _draw_summary(path: Path, result: RobustnessResult, names: tuple[str, ...]) -> None:
    """The page's strip: the labelled picture clean, then at a middle and at the highest severity of each kind."""
    places = [(KINDS[0], 0), *((kind, severity) for kind in KINDS for severity in (SEVERITIES[2], SEVERITIES[-1]))]
    answers = [names[int(result.example_shares[kind][row].argmax())].replace("_", " ") for kind, row in places]
    labels = [f"{kind} {row}" if row else "clean" for kind, row in places]
    images = [result.example[kind][row] for kind, row in places]
    write_strip(path, images, [f"{label}\n{answer}" for label, answer in zip(labels, answers, strict=True)])


def _draw_strip(
    path: Path, images: dict[str, Tensor], shares: dict[str, Tensor], names: tuple[str, ...], truth: int
) -> None:
    columns = ["clean", *(f"severity {severity}" for severity in SEVERITIES)]
    texts = [
        [f"{names[int(row.argmax())].replace('_', ' ')} {100 * float(row.max()):.0f}" for row in shares[kind]]
        for kind in images
    ]
    scale = enlargement(next(iter(images.values())).shape[-1])
    title = names[truth].replace("_", " ")
    rows = [[*cells(part)] for part in images.values()]
    grid(path, rows, list(images), columns, column_title=title, cell_labels=texts, scale=scale)
