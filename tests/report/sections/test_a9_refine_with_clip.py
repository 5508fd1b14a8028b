"""What the page says of refinement follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a9_refine_with_clip as refine_with_clip
from rediffuse.studies.a9_refinement.metrics import Metrics
from tests.studies.a9_refinement.synthetic import make_metrics, told
from tests.support.synthetic_metrics import changed, put_metrics

MORE = "After the ascent a judge that is not optimized classifies thing and scene correctly {} often"
UNMOVED = (
    "No effect of the 2 steps of the ascent on how often the judge classifies thing and scene correctly is "
    "distinguishable"
)
REAL = "The judge’s accuracy on refined pictures is {} that on real ones"
RANKED = "With about as many passes through the denoiser, 2 steps of the ascent are {} the best of 13 by CLIP"
NO_THING, NO_SCENE = (
    {f"{key}/after": told(0.8, 0.1), f"real/{key}": told(0.8, 0.1)} for key in ("thing_accuracy", "scene_accuracy")
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
        ({"judge_success/change": told(0.11)}, MORE.format("more")),
        ({"judge_success/change": told(0.21, 0.1)}, MORE.format("more")),
        (
            {"judge_success/change": told(0.11), "scene_accuracy/change": told(-0.042)},
            MORE.format("more") + "; less often for the scene alone",
        ),
        ({"judge_success/change": told(0.01), "thing_accuracy/change": told(0.0)}, UNMOVED),
        ({"judge_success/change": told(0.01)}, UNMOVED + "; more often for the thing alone"),
        (
            {"judge_success/change": told(0.01), "scene_accuracy/change": told(-0.1)},
            UNMOVED + "; more often for the thing alone and less often for the scene alone",
        ),
        ({"judge_success/change": told(-0.3), "thing_accuracy/change": told(0.0)}, MORE.format("less")),
        ({"real/difference": told(0.2)} | NEITHER, REAL.format("higher than")),
        ({"real/difference": told(0.01)} | NEITHER, REAL.format("not distinguishable from")),
        (
            {"real/difference": told(0.01)}
            | NO_THING
            | {"real/scene_accuracy": told(0.99, 0.005), "scene_accuracy/after": told(0.9, 0.05)},
            REAL.format("not distinguishable from") + "; lower for the scene alone",
        ),
        ({"real/difference": told(-0.2)} | NEITHER, REAL.format("lower than")),
        ({}, f"{HALF} and the judge’s success rise"),
        (
            {"late/judge_success": told(0.03, 0.044)},
            f"{HALF} rises while the judge’s success does not change distinguishably",
        ),
        ({"late/judge_success": told(-0.2)}, f"{HALF} rises while the judge’s success falls"),
        (
            {"late/clip_score": told(0.0), "late/judge_success": told(0.0)},
            f"{HALF} and the judge’s success do not change distinguishably",
        ),
        ({"late/clip_score": told(-1.0, 0.3)}, f"{HALF} falls while the judge’s success rises"),
        ({}, RANKED.format("correct more often than")),
        ({"ranked/difference": told(0.01)}, RANKED.format("not distinguishable from")),
        ({"ranked/difference": told(-0.2)}, RANKED.format("correct less often than")),
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


@pytest.mark.parametrize(("share", "said"), [(0.7917, True), (0.81, True), (0.73, False)])
def test_a_rate_that_does_as_well_at_the_end_is_named(share: float, said: bool, tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"learning_rates/0.03/judge_success": told(share)}))
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[0].text
    assert ("At the end of the ascent 0.03 did at least as well on the prompts that chose." in text) is said


@pytest.mark.parametrize(("gap", "said"), [(0.2, True), (0.01, False), (-0.2, False)])
def test_an_accuracy_above_that_on_real_pictures_is_no_measure_of_quality(
    gap: float, said: bool, tmp_path: Path
) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"real/difference": told(gap)}))
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[1].text
    assert ("is no measure of quality" in text) is said
    assert "For the thing alone it is +5.0\u00a0points [" in text


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("judge_success/after", told(1.3), r"judge_success\.after\.mean: found 1\.3, expected a fraction"),
        ("learning_rates", {}, r"learning_rates: is empty"),
        ("ranked/refined", {}, r"key ranked\.refined\.\w+ is missing"),
    ],
)
def test_bad_key(path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        leads(tmp_path, {path: value})
