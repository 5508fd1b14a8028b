"""Metrics of a synthetic run: intervals, and the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rediffuse.evaluation.metrics import StageMetrics, paths, split
from rediffuse.pipeline.stage import write_json


def around(value: float, half: float = 0.03) -> dict[str, float]:
    """A mean with its interval."""
    return {"mean": value, "low": round(value - half, 4), "high": round(value + half, 4)}


def ends(value: float, half: float) -> dict[str, float]:
    """The interval of a share, within 0 and 1."""
    return {"low": round(max(0.0, value - half), 4), "high": round(min(1.0, value + 0.7 * half), 4)}


def changed(content: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``content`` with other values at some paths, such as ``start/log_decay/beyond``; None takes the key away."""
    for path, value in changes.items():
        *keys, last = path.split("/")
        place = content
        for key in keys:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return content


def put_metrics(root: Path, schema: type[StageMetrics], content: Mapping[str, Any]) -> None:
    """Write both files of a stage below ``root``; unlike the stage's writer it lets wrong content pass."""
    for path, part in zip(paths(schema.STAGE, root), split(schema, content), strict=True):
        write_json(path, part)
