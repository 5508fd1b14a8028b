"""What the page says of the new words follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.errors import InputError
from rediffuse.report.inputs import Metrics
from rediffuse.report.studies import personalize
from tests.report.personal_run import STAGE, personal_metrics, told, write_personal


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    metrics = personal_metrics()
    for path, value in changes.items():
        *keys, last = path.split("/")
        place = metrics
        for key in keys:
            place = place[key]
        place[last] = value
    write_personal(root, metrics, plots=False)
    return [found.lead for found in personalize.findings(personalize.read(Metrics(root, STAGE)))]


NONE = told(0.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "The word of the thing beats the word that it starts from, by CLIP and by the judge’s features"),
        ({"thing_change/judge": NONE}, "The word of the thing beats the word that it starts from by CLIP alone"),
        ({"style_change/clip_i": NONE}, "The word of the style beats the word that it starts from by the judge alone"),
        (
            {"style_change/clip_i": NONE, "style_change/judge": told(-0.2)},
            "The word of the style is no better than the word that it starts from, as far as can be told",
        ),
        ({}, "What the words gain in likeness they lose in what the prompt says"),
        ({"thing_change/clip_t": NONE}, "The word of the style loses some of what the prompt says"),
        (
            {"thing_change/clip_t": NONE, "style_change/clip_t": NONE},
            "No loss of what the prompt says can be told",
        ),
        ({}, "A branch and a scale for each concept draw both together more often than one prompt does"),
        (
            {"pair_change": NONE},
            "Whether a branch and a scale for each concept do better than one prompt cannot be told",
        ),
        ({"pair_change": told(-0.2)}, "A branch and a scale for each concept do worse than one prompt"),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


def test_closeness_and_the_judge_are_told_apart(tmp_path: Path) -> None:
    metrics = personal_metrics()
    write_personal(tmp_path, metrics, plots=False)
    thing = personalize.findings(personalize.read(Metrics(tmp_path, STAGE)))[0].text
    assert f"from {metrics['thing_initial']['clip_i']:.2f} to {metrics['thing']['clip_i']:.2f}, " in thing
    assert f"in {100 * metrics['thing_initial']['judge']:.1f}\u00a0%" in thing


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("pair/naive", 1.3, r"pair\.naive: found 1\.3, expected a fraction"),
        ("choosing", {}, r"choosing: is empty"),
        ("own/teapot", {"before": told(0.1)}, r"key own\.teapot\.after is missing"),
        ("style_real", {}, r"key style_real\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})


def test_no_own_concept_is_no_error(tmp_path: Path) -> None:
    metrics = personal_metrics()
    write_personal(tmp_path, metrics, plots=False)
    found = personalize.read(Metrics(tmp_path, STAGE)).own
    assert found["teapot"]["after"].value == metrics["own"]["teapot"]["after"]["mean"]
    write_personal(tmp_path, {**metrics, "own": {}}, plots=False)
    assert personalize.read(Metrics(tmp_path, STAGE)).own == {}
