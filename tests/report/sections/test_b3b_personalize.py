"""What the page says of the new words follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation import intervals
from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import b3b_personalize_findings as personalize
from rediffuse.studies.b3b_personalization.metrics import Metrics
from tests.studies.b3b_personalization.synthetic import make_metrics, span
from tests.support.synthetic_metrics import changed, put_metrics


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in personalize.findings(read_metrics(Metrics, root))]


NONE = span(0.0)


WORD = "Against its initial word, the learned word of the {} {}"
REST = "of the rest of the prompt than"
ASKED = "With the style’s word beside the thing’s, in one prompt "
STYLE = "the style is detected more often, and no change in the thing is distinguishable"
UNSURE = "no change in how often style or thing is detected is distinguishable"
SCALES = "At the scales chosen, "
RARE = "both are detected less often than without the style’s word"
LESS_NAIVE = {
    "both_gain/naive": span(-0.2),
    "alone/naive": {"thing": span(0.5), "style": span(0.5), "both": span(0.4)},
}
LESS_COMPOSED = {
    "both_gain/composed": span(-0.2),
    "alone/composed": {"thing": span(0.6), "style": span(0.6), "both": span(0.55)},
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, WORD.format("thing", "raises CLIP-I and the share detected")),
        (
            {"thing_change/judge": NONE},
            WORD.format("thing", "raises CLIP-I; no change in the share detected is distinguishable"),
        ),
        ({"thing_change/judge": span(-0.2)}, WORD.format("thing", "raises CLIP-I and lowers the share detected")),
        (
            {"style_change/clip_i": NONE, "style_change/judge": span(-0.2)},
            WORD.format("style", "lowers the share detected; no change in CLIP-I is distinguishable"),
        ),
        (
            {"style_change/clip_i": NONE, "style_change/judge": NONE},
            WORD.format("style", "changes neither CLIP-I nor the share detected distinguishably"),
        ),
        (
            {"style_change/clip_i": span(-0.2), "style_change/judge": span(-0.2)},
            WORD.format("style", "lowers CLIP-I and the share detected"),
        ),
        (
            {
                "style_change/judge": span(0.04),
                "style_initial/judge": span(0.03),
                "style/judge": span(0.07),
            },
            WORD.format("style", "raises CLIP-I; no change in the share detected is distinguishable"),
        ),
        ({}, f"The learned words of the thing and the style keep less {REST} their initial words"),
        (
            {"thing_change/kept": span(0.2), "style_change/kept": span(0.2)},
            f"The learned words of the thing and the style keep more {REST} their initial words",
        ),
        (
            {"thing_change/kept": NONE},
            f"The learned word of the style keeps less {REST} its initial word; for the thing no difference is "
            "distinguishable",
        ),
        (  # near 100 % the two shares must agree
            {
                "thing_change/kept": span(-0.0267, 0.0261),
                "thing_initial/kept": span(0.9767, 0.02),
                "thing/kept": span(0.95, 0.025),
            },
            f"The learned word of the style keeps less {REST} its initial word; for the thing no difference is "
            "distinguishable",
        ),
        (
            {"style_change/kept": NONE},
            f"The learned word of the thing keeps less {REST} its initial word; for the style no difference is "
            "distinguishable",
        ),
        (
            {"thing_change/kept": span(0.2)},
            f"The learned word of the style keeps less {REST} its initial word; that of the thing keeps more",
        ),
        (
            {"thing_change/kept": span(0.2), "style_change/kept": NONE},
            f"The learned word of the thing keeps more {REST} its initial word; for the style no difference is "
            "distinguishable",
        ),
        (
            {"thing_change/kept": NONE, "style_change/kept": NONE},
            "Between the learned and the initial words no difference in how often the rest of the prompt is kept is "
            "distinguishable",
        ),
        ({}, f"{ASKED}{STYLE}; composed, the style and the thing are detected more often"),
        ({"thing_gain/composed": NONE}, f"{ASKED}and composed, {STYLE}"),
        ({"style_gain/naive": NONE, "thing_gain/composed": NONE}, f"{ASKED}{UNSURE}; composed, {STYLE}"),
        (
            {"thing_gain/naive": span(-0.2), "thing_gain/composed": span(-0.2)},
            f"{ASKED}and composed, the style is detected more often and the thing less often",
        ),
        (
            {"thing_gain/naive": span(-0.2), "style_gain/naive": NONE, "thing_gain/composed": NONE},
            f"{ASKED}the thing is detected less often, and no change in the style is distinguishable; composed, "
            f"{STYLE}",
        ),
        ({}, f"{SCALES}both are detected more often composed than in one prompt"),
        (LESS_NAIVE, f"{SCALES}both are detected more often composed than in one prompt; in one prompt, {RARE}"),
        (
            {"pair_change": NONE, **LESS_NAIVE, **LESS_COMPOSED},
            f"{SCALES}composed sampling and one prompt are not distinguishable in how often both are detected; in one "
            f"prompt and composed, {RARE}",
        ),
        ({"pair_change": span(-0.2)}, f"{SCALES}both are detected less often composed than in one prompt"),
        (
            {"pair_change": span(0.04, 0.03), "pair/naive": span(0.03), "pair/composed": span(0.07)},
            f"{SCALES}composed sampling and one prompt are not distinguishable in how often both are detected",
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
        f"from {metrics['thing_initial']['clip_i']['mean']:.3f} to {metrics['thing']['clip_i']['mean']:.3f}, " in thing
    )
    assert f"in {100 * metrics['thing_initial']['judge']['mean']:.1f}\u00a0%" in thing


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("pair/naive", span(1.3), r"pair\.naive\.mean: found 1\.3, expected a fraction"),
        ("choosing/naive", {}, r"choosing\.naive: is empty"),
        ("alone/composed", {}, r"key alone\.composed\.thing is missing"),
        ("style_false", {}, r"key style_false\.\w+ is missing"),
        ("own/teapot", {"before": span(0.1)}, r"key own\.teapot\.after is missing"),
        ("style_real", {}, r"key style_real\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})


def texts(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.text for found in personalize.findings(read_metrics(Metrics, root))]


@pytest.mark.parametrize(("false", "said"), [(0.0727, "above"), (0.58, "not distinguishable from"), (0.9, "below")])
def test_the_learned_style_is_compared_with_the_false_positives(false: float, said: str, tmp_path: Path) -> None:
    text = texts(tmp_path, {"style_false": span(false)})[1]
    assert f"the learned word’s share is {said} this false-positive rate" in text
    assert ("does not show that the style was learned" in text) is (said != "above")
    assert " object by object." in text


@pytest.mark.parametrize(
    ("real", "said"), [(0.1, "higher"), (0.28, "not distinguishable from this"), (0.7541, "lower")]
)
def test_the_kept_prompt_is_compared_with_real_pictures(real: float, said: str, tmp_path: Path) -> None:
    assert f"; the learned word’s share is {said}." in texts(tmp_path, {"kept_real": span(real)})[2]


@pytest.mark.parametrize(
    ("naive", "composed", "said", "where"),
    [
        (0.1, 0.1, "in one prompt and composed less often than", None),
        (0.1, 0.82, "composed not distinguishably less often and in one prompt less often than", "composed"),
        (0.98, 0.1, "in one prompt more often and composed less often than", "in one prompt"),
        (0.98, 0.98, "in one prompt and composed more often than", "in one prompt and composed"),
    ],
)
def test_false_detections_are_compared_with_real_pictures(
    naive: float, composed: float, said: str, where: str | None, tmp_path: Path
) -> None:
    changes = {"alone/naive/style": span(naive), "alone/composed/style": span(composed)}
    text = texts(tmp_path, changes)[3]
    assert f"Without its word the style is detected {said} in real pictures in the style (83.8\u00a0%)." in text
    ending = f"So {where} a detection does not show that the style came."
    assert ending in text if where else "does not show that the style came" not in text


@pytest.mark.parametrize(("initial", "final", "said"), [(0.9, 0.6, True), (0.62, 0.6, False), (0.9, 0.2, False)])
def test_a_fall_to_the_level_of_real_pictures_is_said(initial: float, final: float, said: bool, tmp_path: Path) -> None:
    changes = {"style_initial/kept": span(initial), "style/kept": span(final), "kept_real": span(0.6)}
    text = texts(tmp_path, changes)[2]
    assert ("so the fall is one towards the level of real pictures" in text) is said


@pytest.mark.parametrize(("both", "said"), [(0.06, True), (0.2, False)])
def test_both_are_compared_with_independent_detection(both: float, said: bool, tmp_path: Path) -> None:
    changes = {
        "pair_parts": {
            "naive": {"thing": span(0.1), "style": span(0.6), "both": span(both)},
            "composed": {"thing": span(0.2), "style": span(0.5), "both": span(0.1)},
        },
        "alone": {
            "naive": {"thing": span(0.3), "style": span(0.5), "both": span(0.15)},
            "composed": {"thing": span(0.4), "style": span(0.5), "both": span(0.2)},
        },
    }
    text = texts(tmp_path, changes)[-1]
    shares = "6.0\u00a0% and 10.0\u00a0% with the style’s word, 15.0\u00a0% and 20.0\u00a0% without"
    assert f"If thing and style were detected independently, it would be {shares}" in text
    assert ("which the intervals contain" in text) is said


@pytest.mark.parametrize(
    ("hits", "scales", "said"),
    [
        (
            (2, 1),
            (6, 7, 3),
            ["2 of 100 against at most 1", "In one prompt and composed, no scale", "In one prompt and composed, the"],
        ),
        ((60, 1), (11, 9, 9), ["60 of 100 against at most 1", "Composed, no scale tried is shown"]),
        ((60, 1), (6, 9, 9), ["In one prompt, the scales chosen are the lowest that were tried."]),
    ],
)
def test_what_the_choice_of_the_scales_rests_on(
    hits: tuple[int, int], scales: tuple[int, int, int], said: list[str], tmp_path: Path
) -> None:
    def share(count: int) -> dict[str, float]:
        return intervals.proportion([True] * count + [False] * (100 - count))

    changes = {
        "choosing/naive": {"6": share(hits[0]), "11": share(hits[1])},
        "choosing/composed": {"7 and 3": share(0), "9 and 9": share(0)},
        "scales": {"naive": scales[0], "thing": scales[1], "style": scales[2]},
    }
    text = texts(tmp_path, changes)[-1]
    assert all(part in text for part in said)
    assert ("the lowest that were tried" in text) is (scales[0] == 6)


def test_no_own_concept_is_no_error(tmp_path: Path) -> None:
    metrics = make_metrics()
    put_metrics(tmp_path, Metrics, metrics)
    found = read_metrics(Metrics, tmp_path).own
    assert found["teapot"]["after"].value == metrics["own"]["teapot"]["after"]["mean"]
    put_metrics(tmp_path, Metrics, {**metrics, "own": {}})
    assert read_metrics(Metrics, tmp_path).own == {}
