"""What the page says of refinement follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import read_metrics
from rediffuse.studies.a9_refinement import section as refine_with_clip
from rediffuse.studies.a9_refinement.metrics import Metrics
from tests.support.runs.files import changed
from tests.support.runs.refine import refine_metrics, told, write_refine

MORE = "Climbing CLIP’s similarity draws what was asked for {} often, as a judge reads it that is not climbed"

HALF = "In the second half of the ascent CLIP’s score"


def leads(root: Path, changes: dict[str, Any]) -> list[str]:
    write_refine(root, changed(refine_metrics(), changes), plots=False)
    return [found.lead for found in refine_with_clip.findings(read_metrics(Metrics, root))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, MORE.format("far more")),
        ({"judge_success/change": told(0.11)}, MORE.format("more")),
        ({"judge_success/change": told(0.21, 0.1)}, MORE.format("more")),
        (
            {"judge_success/change": told(0.01)},
            "The judge’s gain from climbing CLIP’s similarity is not distinguishable from none",
        ),
        ({"judge_success/change": told(-0.3)}, "Climbing CLIP’s similarity does harm, as the judge reads it"),
        (
            {"real/difference": told(0.2)},
            "The judge is more accurate on refined than on real pictures, "
            "so its accuracy is no measure of quality here",
        ),
        (
            {"real/difference": told(0.01)},
            "The judge’s accuracy on refined pictures is not distinguishable from that on real ones",
        ),
        ({"real/difference": told(-0.2)}, "The judge is less accurate on refined than on real pictures"),
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
        ({}, "The gradient finds more than chance does at the same cost"),
        (
            {"ranked/difference": told(0.01)},
            "At the same cost, the gradient is not distinguishable from ordering random pictures by CLIP",
        ),
        ({"ranked/difference": told(-0.2)}, "At the same cost, ordering random pictures by CLIP does better"),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, changes)


@pytest.mark.parametrize(("rate", "end"), [(0.07, "largest"), (0.03, "least"), (0.05, None)])
def test_a_choice_at_the_end_of_the_grid_is_said(rate: float, end: str | None, tmp_path: Path) -> None:
    metrics = refine_metrics()
    metrics["learning_rates"]["0.05"] = metrics["learning_rates"]["0.07"]
    metrics["chosen"]["learning_rate"] = rate
    write_refine(tmp_path, metrics, plots=False)
    text = refine_with_clip.findings(read_metrics(Metrics, tmp_path))[0].text
    assert (f"is the {end} that was tried" in text) if end else ("that was tried" not in text)


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
