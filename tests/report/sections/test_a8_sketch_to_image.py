"""What the page says of control by sketches follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.evaluation.references import references
from rediffuse.page.inputs import Inputs
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a8_sketch_to_image as sketch_to_image
from rediffuse.studies.a8_sketch_to_image.metrics import Metrics
from tests.studies.a8_sketch_to_image.synthetic import make_metrics, told, write
from tests.support.synthetic_metrics import changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in sketch_to_image.findings(read_metrics(Metrics, root))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Control raises the F1 of the sketch’s lines by 0.37 [0.28, 0.46]"),
        ({"real": told(0.1)}, "Control raises the F1 of the sketch’s lines by 0.37 [0.28, 0.46]"),
        ({"edge_f1_change": told(0.01)}, "No effect of control on the F1 of the sketch’s lines is distinguishable"),
        ({"edge_f1_change": told(-0.2)}, "Control lowers the F1 of the sketch’s lines by 0.20 [0.18, 0.22]"),
        ({}, "Under control a picture is matched to its sketch more often"),
        (
            {"matched_change": told(0.0)},
            "No effect of control on how often a picture is matched to its sketch is distinguishable",
        ),
        ({"matched_change": told(-0.2)}, "Under control a picture is matched to its sketch less often"),
        ({}, "At full strength the judge recognises the thing more often than without control"),
        (
            {"thing_accuracy_change": told(0.0)},
            "No effect of control on how often the thing is recognised is distinguishable",
        ),
        (
            {"thing_accuracy_change": told(-0.2)},
            "At full strength the judge recognises the thing less often than without control",
        ),
        ({}, "A fresh ControlNet changes no pixel, as it is built to"),
        (
            {"fresh_difference": 3},
            "A fresh ControlNet changes the picture, which it must not",
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("edge_f1/on", told(1.2), r"edge_f1\.on\.mean: found 1\.2, expected a fraction"),
        ("own", [], r"own: found .*, expected an object"),
        ("matched/off", {}, r"key matched\.off\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})


@pytest.mark.parametrize(("own", "subject"), [({}, None), ({"tree": True}, False), ({"house-with-garden": True}, True)])
def test_own_drawings_are_shown_where_there_are_any(own: dict[str, Any], subject: bool | None, tmp_path: Path) -> None:
    metrics = make_metrics() | {"own": {name: {"off": 0.2, "on": 0.4} for name in own}}
    write(tmp_path)
    put_metrics(tmp_path, Metrics, metrics)
    if not own:
        (tmp_path / "plots" / Metrics.STAGE / "own.png").unlink()
    content = sketch_to_image.build(Inputs(tmp_path), references())
    figures = content.data["figures"]
    assert ("own" in figures) is bool(own)
    if own:
        assert ("the report’s subject" in figures["own"].caption) is subject
