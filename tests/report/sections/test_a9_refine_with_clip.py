"""What the page says of refinement follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a9_refine_with_clip as refine_with_clip
from rediffuse.studies.a9_refinement.metrics import Metrics
from tests.studies.a9_refinement.synthetic import make_metrics, span
from tests.support.synthetic_metrics import changed, put_metrics

MORE = "After the ascent a judge that is not optimized classifies thing and scene correctly {} often"
UNMOVED = (
    "No effect of the 2 steps of the ascent on how often the judge classifies thing and scene correctly is "
    "distinguishable"
)
REAL = "The judge’s accuracy on refined pictures is {} that on real ones"
RANKED = (
    "With about as many passes through the denoiser, pictures after 2 steps of the ascent are {} the best of 13 by CLIP"
)
LESS_SCENE = {
    "scene_accuracy/before": span(0.98, 0.015),
    "scene_accuracy/after": span(0.88, 0.02),
    "scene_accuracy/change": span(-0.1),
}
NO_THING, NO_SCENE = (
    {f"{key}/after": span(0.8, 0.1), f"real/{key}": span(0.8, 0.1)} for key in ("thing_accuracy", "scene_accuracy")
)
NEITHER = NO_THING | NO_SCENE

HALF = "In the second half of the ascent CLIP’s score"


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, Metrics, changed(make_metrics(), changes))
    return [found.lead for found in refine_with_clip.findings(read_metrics(Metrics, root))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, MORE.format("far more")),
        ({"judge_success/change": span(0.11)}, MORE.format("more")),
        ({"judge_success/change": span(0.21, 0.1)}, MORE.format("more")),
        (
            {"judge_success/change": span(0.11)} | LESS_SCENE,
            MORE.format("more") + "; less often for the scene alone",
        ),
        ({"judge_success/change": span(0.01), "thing_accuracy/change": span(0.0)}, UNMOVED),
        ({"judge_success/change": span(0.01)}, UNMOVED + "; more often for the thing alone"),
        (
            {"judge_success/change": span(0.01)} | LESS_SCENE,
            UNMOVED + "; more often for the thing alone and less often for the scene alone",
        ),
        (  # near 100 % the two shares must agree
            {
                "judge_success/before": span(0.95, 0.025),
                "judge_success/after": span(0.977, 0.02),
                "judge_success/change": span(0.027, 0.02),
                "thing_accuracy/change": span(0.0),
            },
            UNMOVED,
        ),
        ({"judge_success/change": span(-0.3), "thing_accuracy/change": span(0.0)}, MORE.format("less")),
        ({"real/difference": span(0.2)} | NEITHER, REAL.format("higher than")),
        ({"real/difference": span(0.01)} | NEITHER, REAL.format("not distinguishable from")),
        (
            {"real/difference": span(0.01)}
            | NO_THING
            | {"real/scene_accuracy": span(0.99, 0.005), "scene_accuracy/after": span(0.9, 0.05)},
            REAL.format("not distinguishable from") + "; lower for the scene alone",
        ),
        ({"real/difference": span(-0.2)} | NEITHER, REAL.format("lower than")),
        (
            {
                "real/difference": span(0.05, 0.0458),
                "real/judge_success": span(0.855, 0.05),
                "judge_success/after": span(0.905, 0.045),
            }
            | NEITHER,
            REAL.format("not distinguishable from"),
        ),
        ({}, f"{HALF} and the judge’s success rise"),
        (
            {"late/judge_success": span(0.03, 0.044)},
            f"{HALF} rises while the judge’s success does not change distinguishably",
        ),
        ({"late/judge_success": span(-0.2)}, f"{HALF} rises while the judge’s success falls"),
        (
            {
                "late/judge_success": span(0.02, 0.01),
                "curve/1/judge_success": span(0.93, 0.04),
                "judge_success/after": span(0.95, 0.04),
            },
            f"{HALF} rises while the judge’s success does not change distinguishably",
        ),
        (
            {"late/clip_score": span(0.0), "late/judge_success": span(0.0)},
            f"{HALF} and the judge’s success do not change distinguishably",
        ),
        ({"late/clip_score": span(-1.0, 0.3)}, f"{HALF} falls while the judge’s success rises"),
        ({}, RANKED.format("correct more often than")),
        ({"ranked/difference": span(0.01)}, RANKED.format("not distinguishably more or less often correct than")),
        ({"ranked/difference": span(-0.2)}, RANKED.format("correct less often than")),
        (
            {
                "ranked/difference": span(0.05, 0.0436),
                "ranked/judge_success": span(0.87, 0.045),
                "ranked/refined": span(0.92, 0.038),
            },
            RANKED.format("not distinguishably more or less often correct than"),
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


@pytest.mark.parametrize(("rate", "end"), [(0.07, "largest"), (0.03, "least"), (0.05, None)])
def test_a_choice_at_the_end_of_the_grid_is_said(rate: float, end: str | None, tmp_path: Path) -> None:
    metrics = make_metrics()
    metrics["learning_rates"]["0.05"] = metrics["learning_rates"]["0.07"]
    metrics["chosen"]["learning_rate"] = rate
    put_metrics(tmp_path, Metrics, metrics)
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[0].text
    assert (f"is the {end} that was tried" in text) if end else ("that was tried" not in text)


@pytest.mark.parametrize(("score", "said"), [(71.0, True), (66.17, False)])
def test_what_the_learning_rate_was_chosen_by_is_said(score: float, said: bool, tmp_path: Path) -> None:
    changes = {
        "learning_rates/0.03/judge_success": {"mean": 0.825, "low": 0.68, "high": 0.91, "n": 40},
        "learning_rates/0.07/judge_success": {"mean": 0.85, "low": 0.7, "high": 0.93, "n": 40},
        "learning_rates/0.03/clip_score": span(score, 1.7),
    }
    put_metrics(tmp_path, Metrics, changed(make_metrics(), changes))
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[0].text
    assert "at its end they are 33 of 40 with 0.03 and 34 of 40 with 0.07." in text
    assert ("CLIP’s score is 71.00 with 0.03 and" in text) is said


def test_a_single_learning_rate_is_no_choice(tmp_path: Path) -> None:
    metrics = make_metrics()
    del metrics["learning_rates"]["0.03"]
    put_metrics(tmp_path, Metrics, metrics)
    assert "learning rate" not in refine_with_clip.findings(read_metrics(Metrics, tmp_path))[0].text


@pytest.mark.parametrize(("share", "said"), [(0.83, True), (0.8117, False), (0.7, False)])
def test_a_higher_share_along_the_ascent_is_said_as_not_tested(share: float, said: bool, tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"curve/1/judge_success": span(share)}))
    found = refine_with_clip.findings(read_metrics(Metrics, tmp_path))
    sentence = "The highest share along the ascent is 83.0\u00a0% [78.8, 87.2] at step 1; it was not tested"
    assert (sentence in found[0].text) is said
    first = {0.83: "+29.9", 0.8117: "+28.1", 0.7: "+16.9"}[share]
    assert f"From the start to step 1 they move by 12.14 and {first}\u00a0points [" in found[2].text


@pytest.mark.parametrize(("before", "said"), [(0.5311, False), (0.61, True), (0.75, False)])
def test_a_choice_without_a_distinguishable_gain_shows_nothing(before: float, said: bool, tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"judge_success/before": span(before)}))
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[3].text
    assert ("It is neither shown that choosing helps nor that it does not." in text) is said


@pytest.mark.parametrize(("gap", "said"), [(0.2, True), (0.01, False), (-0.2, False)])
def test_an_accuracy_above_that_on_real_pictures_is_no_measure_of_quality(
    gap: float, said: bool, tmp_path: Path
) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"real/difference": span(gap)}))
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[1].text
    assert ("is no measure of quality" in text) is said
    assert "For the thing alone it is +5.0\u00a0points [" in text


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("judge_success/after", span(1.3), r"judge_success\.after\.mean: found 1\.3, expected a fraction"),
        ("learning_rates", {}, r"learning_rates: is empty"),
        ("ranked/refined", {}, r"key ranked\.refined\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})
