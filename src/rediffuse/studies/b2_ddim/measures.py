"""The numbers of study B2, the same of digits and of faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from torch import Tensor

from rediffuse.evaluation import intervals
from rediffuse.studies.b2_ddim.study import Interpolation, distances, sharpness

Confidence = Callable[[Tensor], np.ndarray]  # images uint8 [N, C, H, W] -> 0 to 1, [N]


def eta_key(eta: float) -> str:
    """``eta_025`` for 0.25: a dot would split the key for tools that address metrics by path."""
    return f"eta_{eta:g}".replace(".", "")


def eta_metrics(images: Tensor, repeat: Tensor, etas: tuple[float, ...]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Distances from the η = 0 images, uint8 [len(etas), N, C, H, W]; ``repeat`` is η = 0 drawn again.

    Returns:
        the metrics, with the ``distance_step`` of each η from the one before it, noise by noise; and the
        curve: a row for each η.
    """
    away = distances(images)
    found = {eta_key(eta): intervals.mean(row) for eta, row in zip(etas, away, strict=True)}
    curve = pd.DataFrame(
        {"eta": etas, **{key: [row[key] for row in found.values()] for key in ("mean", "low", "high")}}
    )
    metrics = {
        "distance": {key: intervals.without_counts(row) for key, row in found.items()},
        "distance_n": images.shape[1],
        "distance_step": {
            eta_key(eta): _difference(after, before)
            for eta, before, after in zip(etas[1:], away[:-1], away[1:], strict=True)
        },
        "repeat": float((images[0].int() - repeat.int()).abs().max()),
    }
    return metrics, curve


def path_metrics(confidence: Confidence, paths: Interpolation) -> tuple[dict[str, Any], pd.DataFrame]:
    """Norm, sharpness and the judge's confidence along the paths.

    Args:
        confidence: of a judge that took no part in training the model.

    Returns:
        the metrics at α = 0.5, with the ``change`` of each path against slerp and of the corrected path against lerp,
        pair by pair; and the curves: a row for each path and α.
    """
    rows: list[dict[str, Any]] = []
    middles: dict[str, dict[str, npt.NDArray[np.float64]]] = {}
    for name, images in paths.images.items():
        points, pairs = images.shape[:2]
        sure = confidence(images.flatten(0, 1)).reshape(points, pairs)
        sharp = sharpness(images)
        relative = sharp / ((sharp[:1] + sharp[-1:]) / 2)  # each pair against the mean of its own ends
        half = len(paths.alphas) // 2
        middles[name] = {"confidence": sure[half], "sharpness": relative[half]}
        for index, alpha in enumerate(paths.alphas):
            row: dict[str, Any] = {"path": name, "alpha": float(alpha)}
            measures = {"norm": paths.norms[name][index], "sharpness": relative[index], "confidence": sure[index]}
            for key, values in measures.items():
                found = intervals.mean(values)
                most = 1.0 if key == "confidence" else np.inf  # Student's interval may leave a probability's range
                row |= {key: found["mean"], f"{key}_low": found["low"], f"{key}_high": min(found["high"], most)}
            rows.append(row)
    curve = pd.DataFrame(rows)
    middle = curve[np.isclose(curve.alpha, 0.5)].set_index("path")

    def measured(key: str) -> dict[str, dict[str, float]]:
        columns = {"mean": key, "low": f"{key}_low", "high": f"{key}_high"}
        return {name: {end: float(middle[column][name]) for end, column in columns.items()} for name in middle.index}

    metrics = {
        "judge_confidence": measured("confidence"),
        "norm": middle["norm"].to_dict(),
        "sharpness": measured("sharpness"),
        "change": {
            f"{after}_{before}": {
                key: _difference(middles[after][key], middles[before][key]) for key in ("confidence", "sharpness")
            }
            for after, before in (("lerp", "slerp"), ("corrected_lerp", "slerp"), ("corrected_lerp", "lerp"))
        },
        "pairs_n": next(iter(paths.images.values())).shape[1],
    }
    return metrics, curve


def _difference(after: npt.NDArray[np.float64], before: npt.NDArray[np.float64]) -> dict[str, float]:
    return intervals.without_counts(intervals.clustered_difference(after, before, limit=np.inf))
