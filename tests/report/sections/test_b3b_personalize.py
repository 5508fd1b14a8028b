"""What the page says of the new words follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import b3b_personalize as personalize
from rediffuse.studies.b3b_personalization.metrics import Metrics
from tests.studies.b3b_personalization.synthetic import make_metrics, told
from tests.support.synthetic_metrics import changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in personalize.findings(read_metrics(Metrics, root))]


NONE = told(0.0)


CLOSER = "The learned word of the thing is closer to it than its initial word, by CLIP and by the classifier"
ASKED = "With the style’s word beside the thing’s, in one prompt "
MORE = "the style is detected more often"
UNSURE = "no change in how often style or thing is detected is distinguishable"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, CLOSER),
        (
            {"thing_change/judge": NONE},
            "The learned word of the thing, against its initial word: CLIP-I is higher, the share detected is not "
            "distinguishable",
        ),
        (
            {"style_change/clip_i": NONE, "style_change/judge": told(-0.2)},
            "The learned word of the style, against its initial word: CLIP-I is not distinguishable, the share "
            "detected is lower",
        ),
        (
            {"style_change/clip_i": NONE, "style_change/judge": NONE},
            "The learned word of the style is not distinguishable from its initial word, by CLIP or by the classifier",
        ),
        (
            {"style_change/clip_i": told(-0.2), "style_change/judge": told(-0.2)},
            "The learned word of the style is further from it than its initial word, by CLIP and by the classifier",
        ),
        ({}, "The words of the thing and the style keep less of the rest of the prompt"),
        ({"thing_change/kept": NONE}, "The word of the style keeps less of the rest of the prompt"),
        (
            {"thing_change/kept": told(0.2)},
            "The word of the style keeps less; the word of the thing keeps more of the rest of the prompt",
        ),
        (
            {"thing_change/kept": NONE, "style_change/kept": NONE},
            "No change in the rest of the prompt is distinguishable",
        ),
        ({}, f"{ASKED}{MORE}; composed, {MORE} and the thing is detected more often"),
        ({"thing_gain/composed": NONE}, f"{ASKED}and composed, {MORE}"),
        ({"style_gain/naive": NONE, "thing_gain/composed": NONE}, f"{ASKED}{UNSURE}; composed, {MORE}"),
        (
            {"thing_gain/naive": told(-0.2), "thing_gain/composed": told(-0.2)},
            f"{ASKED}and composed, {MORE} and the thing is detected less often",
        ),
        (
            {"both_gain/naive": told(-0.2)},
            "Composed at its best scales, more pictures show both than in one prompt at its best scale; in one prompt, "
            "both show less often than without the style’s word",
        ),
        ({}, "Composed at its best scales, more pictures show both than in one prompt at its best scale"),
        (
            {"pair_change": NONE},
            "Composed sampling and one prompt, each at its best scales, are not distinguishable in how often both show",
        ),
        (
            {"pair_change": told(-0.2)},
            "Composed at its best scales, fewer pictures show both than in one prompt at its best scale",
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


def test_closeness_and_the_judge_are_told_apart(tmp_path: Path) -> None:
    metrics = make_metrics()
    put_metrics(tmp_path, Metrics, metrics)
    thing = personalize.findings(read_metrics(Metrics, tmp_path))[0].text
    assert (
        f"from {metrics['thing_initial']['clip_i']['mean']:.2f} to {metrics['thing']['clip_i']['mean']:.2f}, " in thing
    )
    assert f"in {100 * metrics['thing_initial']['judge']['mean']:.1f}\u00a0%" in thing


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("pair/naive", told(1.3), r"pair\.naive\.mean: found 1\.3, expected a fraction"),
        ("choosing/naive", {}, r"choosing\.naive: is empty"),
        ("alone/composed", {}, r"key alone\.composed\.thing is missing"),
        ("style_false", {}, r"key style_false\.\w+ is missing"),
        ("own/teapot", {"before": told(0.1)}, r"key own\.teapot\.after is missing"),
        ("style_real", {}, r"key style_real\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})


def test_the_choice_of_the_scales_says_on_how_many_pictures_it_rests(tmp_path: Path) -> None:
    few = {"mean": 0.02, "low": 0.005, "high": 0.07, "n": 100}
    none = {"mean": 0.0, "low": 0.0, "high": 0.04, "n": 100}
    changes = {"choosing/naive": {"6": few, "11": none}, "choosing/composed": {"7 and 3": none, "9 and 9": none}}
    put_metrics(tmp_path, Metrics, changed(make_metrics(), changes))
    text = personalize.findings(read_metrics(Metrics, tmp_path))[-1].text
    assert "by 2 of 100 pictures and 0 of 100 pictures in which both were detected" in text


def test_no_own_concept_is_no_error(tmp_path: Path) -> None:
    metrics = make_metrics()
    put_metrics(tmp_path, Metrics, metrics)
    found = read_metrics(Metrics, tmp_path).own
    assert found["teapot"]["after"].value == metrics["own"]["teapot"]["after"]["mean"]
    put_metrics(tmp_path, Metrics, {**metrics, "own": {}})
    assert read_metrics(Metrics, tmp_path).own == {}
