"""What the page says of study A6 follows the numbers, whichever way they fall."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from rediffuse.errors import InputError
from rediffuse.params.report import Params
from rediffuse.report.page import render
from tests.report.edit_run import STAGE, edit_metrics, write_edit

PLAIN = Params(title="A title", author="", note="")


def best(changed: float, kept: float, both: float) -> dict[str, Any]:
    """The same shares at both places where the chosen scale's stand."""
    shares = {"changed": changed, "kept": kept, "both": both}
    return {f"{place}/{key}": value for place in ("best", "curve/5") for key, value in shares.items()} | {
        f"curve/5/interval/{key}": {"low": value, "high": value} for key, value in shares.items()
    }


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    metrics = edit_metrics()
    for path, value in changes.items():
        *keys, last = path.split("/")
        place = metrics
        for key in keys:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return metrics


ALIKE = {"mean": 0.9512, "low": 0.93, "high": 0.97}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Steering changes the scene and keeps the thing."),
        (best(0.9, 0.7, 0.6), "Steering changes the scene, but does not always keep the thing."),
        (best(0.5, 0.9, 0.5), "Steering keeps the thing, but does not always change the scene."),
        (best(0.5, 0.6, 0.3), "keeps the thing in a part of the pictures only."),
        ({"best/n": 0}, "No source showed its thing and its scene, so nothing can be told of the edit."),
        ({}, "A larger s changes more and keeps less."),
        (
            {"curve/8/edges": ALIKE, "curve/8/kept": 0.98, "curve/8/interval/kept": {"low": 0.95, "high": 0.99}},
            "A larger s changes more, and no loss can be told.",
        ),
        (
            {"curve/8/changed": 0.13, "curve/8/interval/changed": {"low": 0.1, "high": 0.2}},
            "That a larger s changes the scene more often cannot be told.",
        ),
        ({}, "An edited picture stays closer to its source than one drawn anew."),
        ({"redrawn/edges": ALIKE}, "An edited picture strays further from its source than one drawn anew."),
        ({"redrawn/edges": {"mean": 0.8, "low": 0.7, "high": 0.9}}, "than one drawn anew cannot be told."),
        ({}, "Many sources do not show what was asked for."),
        ({"source/right": {"share": 0.9, "low": 0.8, "high": 0.95, "n": 83}}, "Most sources show what was asked for."),
    ],
)
def test_findings(changes: dict[str, Any], said: str, run_folder: Path) -> None:
    write_edit(run_folder, changed(changes), plots=False)
    assert said in render(PLAIN, run_folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"best/scale": 4.0}, "best.scale: found 4, which is no scale of curve"),
        ({"best/both": 0.1}, "best.both: found 0.1, not as in curve"),
        ({"curve/3.5/interval": None}, "key curve.3.5.interval is missing; run the stage edit_attribute again"),
        ({"curve/x": {}}, "key curve.x.changed is missing|found the key 'x', expected a scale"),
        ({"redrawn/kept": 1.2}, "redrawn.kept: found 1.2, expected a fraction"),
    ],
)
def test_bad_key(changes: dict[str, Any], message: str, run_folder: Path) -> None:
    write_edit(run_folder, changed(changes), plots=False)
    with pytest.raises(InputError, match=message) as error:
        render(PLAIN, run_folder)
    assert f"{STAGE}.json" in str(error.value) and "\n" not in str(error.value)


def test_a_frame_for_each_scale(run_folder: Path) -> None:
    frames = run_folder / "plots" / STAGE / "frames"
    shutil.copy(frames / "04.png", frames / "05.png")
    with pytest.raises(InputError, match="found 6 frames, expected 5, one for each scale"):
        render(PLAIN, run_folder)
