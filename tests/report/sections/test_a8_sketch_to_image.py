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
from tests.studies.a8_sketch_to_image.synthetic import make_metrics, span, write
from tests.support.synthetic_metrics import changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in sketch_to_image.findings(read_metrics(Metrics, root))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Control raises the F1 of the sketch’s lines by 0.37 [0.28, 0.46]"),
        ({"real": span(0.1)}, "Control raises the F1 of the sketch’s lines by 0.37 [0.28, 0.46]"),
        ({"edge_f1_change": span(0.01)}, "No effect of control on the F1 of the sketch’s lines is distinguishable"),
        ({"edge_f1_change": span(-0.2)}, "Control lowers the F1 of the sketch’s lines by 0.20 [0.18, 0.22]"),
        ({}, "Under control a picture is matched to its sketch more often"),
        (
            {"matched_change": span(0.0)},
            "No effect of control on how often a picture is matched to its sketch is distinguishable",
        ),
        ({"matched_change": span(-0.2)}, "Under control a picture is matched to its sketch less often"),
        (
            {"real_thing": span(0.72)},
            "At full strength the judge recognises the thing more often than without control; no difference from real "
            "pictures is distinguishable",
        ),
        (
            {"thing_accuracy_change": span(0.0), "real_thing": span(0.6)},
            "No effect of control on how often the thing is recognised is distinguishable; it is recognised more often "
            "than in real pictures",
        ),
        (
            {"thing_accuracy_change": span(-0.2), "real_thing": span(0.8)},
            "At full strength the judge recognises the thing less often than without control; it is recognised less "
            "often than in real pictures",
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


NEAR_END = {"off": span(0.977, 0.02), "strength_1": span(0.95, 0.025)}


@pytest.mark.parametrize("measure", ["matched", "thing_accuracy"])
def test_near_100_percent_the_two_shares_must_agree(measure: str, tmp_path: Path) -> None:
    changes = {
        f"{measure}_change": span(-0.027, 0.02),
        **{f"{measure}/{key}": share for key, share in NEAR_END.items()},
    }
    assert [lead for lead in leads(tmp_path, changes) if lead.startswith("No effect of control on how often")]


@pytest.mark.parametrize(
    ("off", "on", "real", "said"), [(0.9, 0.6, 0.6, True), (0.9, 0.6, 0.8, False), (0.8, 0.6, 0.8, False)]
)
def test_a_fall_from_above_real_pictures_is_one_towards_them(
    off: float, on: float, real: float, said: bool, tmp_path: Path
) -> None:
    shares = {
        "thing_accuracy/off": span(off),
        "thing_accuracy/strength_1": span(on),
        "real_thing": span(real),
    }
    metrics = changed(make_metrics(), {**shares, "thing_accuracy_change": span(on - off)})
    put_metrics(tmp_path, Metrics, metrics)
    text = sketch_to_image.findings(read_metrics(Metrics, tmp_path))[2].text
    assert ("so the fall is one towards their level" in text) is said


@pytest.mark.parametrize("trained", [True, False])
def test_a_trained_decoder_is_told_with_what_it_does_alone(trained: bool, tmp_path: Path) -> None:
    metrics = make_metrics()
    if not trained:
        del metrics["decoder_alone"]
    put_metrics(tmp_path, Metrics, metrics)
    control, matched, things, _ = sketch_to_image.findings(read_metrics(Metrics, tmp_path))
    assert ("without a sketch (strength 0) has 0.22" in control.text) is trained
    assert ("full strength the change is 0.36" in control.text) is trained
    assert ("without a sketch it is 25.3\u00a0%" in matched.text) is trained
    assert ("full strength: +49.6 points" in matched.text.replace("\u00a0", " ")) is trained
    assert ("without a sketch it is 70.2\u00a0%" in things.text) is trained


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("edge_f1/on", span(1.2), r"edge_f1\.on\.mean: found 1\.2, expected a fraction"),
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
