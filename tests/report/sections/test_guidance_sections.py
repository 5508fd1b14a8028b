"""What the page says of ranking and guidance follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import StageMetrics, read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections import a3_generate_ranked as generate_ranked
from rediffuse.report.sections import a7_sweep_guidance as sweep_guidance
from rediffuse.studies.a3_generate_ranked.metrics import Metrics as RankedMetrics
from rediffuse.studies.a7_sweep_guidance.metrics import Metrics as GuidanceMetrics
from tests.studies.a3_generate_ranked import synthetic as ranked
from tests.studies.a7_sweep_guidance import synthetic as guidance
from tests.support.synthetic_metrics import around, changed, put_metrics

RANKED, GUIDANCE = RankedMetrics.STAGE, GuidanceMetrics.STAGE
SECTIONS: dict[str, Any] = {RANKED: generate_ranked, GUIDANCE: sweep_guidance}
SCHEMAS: dict[str, type[StageMetrics]] = {RANKED: RankedMetrics, GUIDANCE: GuidanceMetrics}
WRITERS: dict[str, Any] = {RANKED: ranked, GUIDANCE: guidance}

SPAN, AT = "At scale 7.5, against scale 1, ", "At scale 7.5, "
BELOW_ALL = {"best/scene_accuracy": around(0.9), "ceiling/scene_accuracy": around(0.93)}
GAP = "Against real pictures, the judge’s accuracy on generated ones is {} for the thing and {} for the scene"


def leads(root: Path, stage: str, changes: dict[str, Any]) -> list[str]:
    put_metrics(root, SCHEMAS[stage], changed(WRITERS[stage].make_metrics(), changes))
    return [finding.lead for finding in SECTIONS[stage].findings(read_metrics(SCHEMAS[stage], root))]


@pytest.mark.parametrize(
    ("stage", "changes", "said"),
    [
        (RANKED, {}, "The best of eight by CLIP shows the thing more often than a picture taken by chance"),
        (RANKED, {"gain": around(0.01)},
         "No effect of choosing the best of eight by CLIP on how often the thing is shown is distinguishable"),
        (RANKED, {"gain": around(-0.1)},
         "The best of eight by CLIP shows the thing less often than a picture taken by chance"),
        (RANKED, {}, "CLIP’s order of the pictures of a prompt agrees moderately with the judge’s"),
        (RANKED, {"rank_correlation": around(0.21)},
         "CLIP’s order of the pictures of a prompt agrees weakly with the judge’s"),
        (RANKED, {"rank_correlation": around(0.5)},
         "CLIP’s order of the pictures of a prompt agrees strongly with the judge’s"),
        (RANKED, {"rank_correlation": around(0.01)},
         "No agreement of CLIP’s order with the judge’s is distinguishable"),
        (RANKED, {"rank_correlation": around(-0.2)},
         "CLIP’s order of the pictures of a prompt is weakly opposed to the judge’s"),
        (GUIDANCE, {}, GAP.format("lower", "not distinguishable")),
        (GUIDANCE, {"gap/thing_accuracy": around(-0.02), "gap/scene_accuracy": around(-0.01, 0.0098)} | BELOW_ALL,
         GAP.format("not distinguishable", "lower")),
        # Near 100 % the interval of the two shares must agree.
        (GUIDANCE, {"gap/scene_accuracy": around(-0.01, 0.0098)}, GAP.format("lower", "not distinguishable")),
        (GUIDANCE, {"gap/thing_accuracy": around(0.04), "gap/scene_accuracy": around(0.04)} | BELOW_ALL,
         GAP.format("higher", "higher")),
        (GUIDANCE, {}, SPAN + "CLIP’s cosine and the judge’s accuracy rise"),
        (GUIDANCE, {"guided/thing_accuracy": around(-0.2)},
         SPAN + "CLIP’s cosine rises while the judge’s accuracy falls"),
        (GUIDANCE, {"guided/clip_cosine": around(-0.2)},
         SPAN + "CLIP’s cosine falls while the judge’s accuracy rises"),
        (GUIDANCE, {"guided/clip_cosine": around(0.0)},
         SPAN + "CLIP’s cosine does not change distinguishably while the judge’s accuracy rises"),
        (GUIDANCE, {}, AT + "with the negative prompt, CLIP’s cosine and the judge’s accuracy fall"),
        (GUIDANCE, {"cells/change/negative/clip_cosine": around(0.2)},
         AT + "with the negative prompt, CLIP’s cosine rises while the judge’s accuracy falls"),
        (GUIDANCE, {}, AT + "with the suffix, CLIP’s cosine and the judge’s accuracy do not change distinguishably"),
        (GUIDANCE, {"cells/change/suffix/clip_cosine": around(0.2)},
         AT + "with the suffix, CLIP’s cosine rises while the judge’s accuracy does not change distinguishably"),
        (GUIDANCE, {}, SPAN + "the distance between seeds falls while the saturation rises"),
        (GUIDANCE, {"guided/diversity": around(0.0)},
         SPAN + "the distance between seeds does not change distinguishably while the saturation rises"),
        (GUIDANCE, {"guided/diversity": around(1.0)},
         SPAN + "the distance between seeds and the saturation rise"),
    ],
)  # fmt: skip
def test_findings(stage: str, changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, stage, changes)


def test_the_scale_with_the_highest_cosine_is_named(tmp_path: Path) -> None:
    metrics = changed(guidance.make_metrics(), {"curve/plain/scale_1_5/clip_cosine": around(0.664)})
    put_metrics(tmp_path, GuidanceMetrics, metrics)
    best, guided = sweep_guidance.findings(read_metrics(GuidanceMetrics, tmp_path))[:2]
    assert "1.5 has the highest mean cosine, 0.664 [0.634, 0.694]" in guided.text
    assert "52.1 against 64.3 on real pictures, a difference of −12.2 [−13.6, −10.8]" in best.text


@pytest.mark.parametrize(
    ("stage", "path", "value", "message"),
    [
        (
            RANKED,
            "thing_accuracy/best_of_4",
            around(1.2),
            "best_of_4.mean: found 1.2, expected a fraction",
        ),
        (RANKED, "any_right", {}, "key any_right.best_of_1 is missing"),
        (GUIDANCE, "best/n", 0, "best.n: found 0, expected a whole number"),
        (GUIDANCE, "curve/plain", {}, "curve.plain: is empty"),
    ],
)
def test_bad_key(stage: str, path: str, value: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        leads(tmp_path, stage, {path: value})
