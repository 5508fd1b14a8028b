"""What the page says of ranking and guidance follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import StageMetrics, read_metrics
from rediffuse.page.study import Finding
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

SIDES = "; the saturation rises and the distance between seeds falls"
SEEDS = "the distance between pictures from different seeds"
SPAN, AT = "At scale 7.5, against scale 1, ", "At scale 7.5, "
BELOW_ALL = {"best/scene_accuracy": around(0.8), "ceiling/scene_accuracy": around(0.83)}
GAP = "Against real pictures, the judge’s accuracy on generated ones is {}; CLIP’s score is "
BOTH = GAP.replace("{}", "{} for the thing and {} for the scene") + "lower"


def findings(root: Path, stage: str, changes: dict[str, Any]) -> list[Finding]:
    put_metrics(root, SCHEMAS[stage], changed(WRITERS[stage].make_metrics(), changes))
    found: list[Finding] = SECTIONS[stage].findings(read_metrics(SCHEMAS[stage], root))
    return found


def leads(root: Path, stage: str, changes: dict[str, Any]) -> list[str]:
    return [finding.lead for finding in findings(root, stage, changes)]


@pytest.mark.parametrize(
    ("stage", "changes", "said"),
    [
        (RANKED, {}, "The best of eight by CLIP shows the thing more often than the average of the eight"),
        (RANKED, {"gain": around(0.01)},
         "No effect of choosing the best of eight by CLIP on how often the thing is shown is distinguishable"),
        (RANKED, {"gain": around(-0.1)},
         "The best of eight by CLIP shows the thing less often than the average of the eight"),
        # Near 100 % the interval of the two shares must agree.
        (RANKED, {"gain": around(0.02, 0.01)} | {f"thing_accuracy/best_of_{n}": around(0.95, 0.03) for n in (1, 8)},
         "No effect of choosing the best of eight by CLIP on how often the thing is shown is distinguishable"),
        (RANKED, {}, "CLIP’s order of the pictures of a prompt correlates positively with the judge’s"),
        (RANKED, {"rank_correlation": around(0.01)},
         "No correlation of CLIP’s order with the judge’s is distinguishable"),
        (RANKED, {"rank_correlation": around(-0.2)},
         "CLIP’s order of the pictures of a prompt correlates negatively with the judge’s"),
        (GUIDANCE, {}, BOTH.format("lower", "not distinguishable")),
        (GUIDANCE, {"gap/thing_accuracy": around(-0.02), "gap/scene_accuracy": around(-0.01, 0.0098)} | BELOW_ALL,
         BOTH.format("not distinguishable", "lower")),
        # Near 100 % the interval of the two shares must agree.
        (GUIDANCE, {"gap/scene_accuracy": around(-0.01, 0.0098)}, BOTH.format("lower", "not distinguishable")),
        (GUIDANCE, {"gap/thing_accuracy": around(0.04), "gap/scene_accuracy": around(0.04)} | BELOW_ALL,
         GAP.format("higher for the thing and the scene") + "lower"),
        (GUIDANCE, {"gap/thing_accuracy": around(0.0), "best/clip_score": around(64.0, 1)},
         GAP.format("not distinguishable for the thing and the scene") + "not distinguishable"),
        (GUIDANCE, {"best/clip_score": around(70.0, 1)}, BOTH.format("lower", "not distinguishable")[:-5] + "higher"),
        (GUIDANCE, {}, SPAN + "CLIP’s cosine and the judge’s accuracy rise"),
        (GUIDANCE, {"guided/thing_accuracy": around(-0.2)},
         SPAN + "CLIP’s cosine rises while the judge’s accuracy falls"),
        (GUIDANCE, {"guided/clip_cosine": around(-0.2)},
         SPAN + "CLIP’s cosine falls while the judge’s accuracy rises"),
        (GUIDANCE, {"guided/clip_cosine": around(0.0)},
         SPAN + "CLIP’s cosine does not change distinguishably while the judge’s accuracy rises"),
        (GUIDANCE, {}, AT + "with the negative prompt, CLIP’s cosine and the judge’s accuracy fall" + SIDES),
        (GUIDANCE, {"cells/change/negative/clip_cosine": around(0.2)},
         AT + "with the negative prompt, CLIP’s cosine rises while the judge’s accuracy falls" + SIDES),
        (GUIDANCE, {"cells/change/negative/diversity": around(0.0)},
         AT + "with the negative prompt, CLIP’s cosine and the judge’s accuracy fall; the saturation rises"),
        (GUIDANCE, {f"cells/change/negative/{key}": around(0.0) for key in ("diversity", "saturation")},
         AT + "with the negative prompt, CLIP’s cosine and the judge’s accuracy fall"),
        (GUIDANCE, {},
         AT + "with the suffix, CLIP’s cosine and the judge’s accuracy do not change distinguishably" + SIDES),
        (GUIDANCE, {"cells/change/suffix/clip_cosine": around(0.2)},
         AT + "with the suffix, CLIP’s cosine rises while the judge’s accuracy does not change distinguishably"
         + SIDES),
        (GUIDANCE, {}, SPAN + SEEDS + " falls while the saturation rises"),
        (GUIDANCE, {"guided/diversity": around(0.0)},
         SPAN + SEEDS + " does not change distinguishably while the saturation rises"),
        (GUIDANCE, {"guided/diversity": around(1.0)},
         SPAN + SEEDS + " and the saturation rise"),
    ],
)  # fmt: skip
def test_findings(stage: str, changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in leads(tmp_path, stage, changes)


def test_the_scale_with_the_highest_cosine_is_named(tmp_path: Path) -> None:
    metrics = guidance.make_metrics()
    metrics["curve"]["plain"]["scale_1_5"]["clip_cosine"] = around(0.664)
    put_metrics(tmp_path, GuidanceMetrics, metrics)
    best, guided = sweep_guidance.findings(read_metrics(SCHEMAS[GUIDANCE], tmp_path))[:2]
    assert "1.5 has the highest mean cosine, 0.664 [0.634, 0.694]; 7.5 comes next with 0.460" in guided.text
    assert "prompt by prompt over 20 prompts (40 pictures)" in guided.text
    assert "52.1 against 64.3 on real pictures, a difference of −12.2 [−13.6, −10.8]" in best.text


def test_a_curve_of_one_scale_has_no_next(tmp_path: Path) -> None:
    metrics = guidance.make_metrics()
    plain = metrics["curve"]["plain"]
    metrics["curve"]["plain"] = {"scale_7_5": plain["scale_7_5"]}
    put_metrics(tmp_path, GuidanceMetrics, metrics)
    _, guided, *_, price = sweep_guidance.findings(read_metrics(SCHEMAS[GUIDANCE], tmp_path))
    assert guided.text.endswith("7.5 has the highest mean cosine, 0.460 [0.430, 0.490].")
    assert "is least at scale 7.5, 0.46 [0.43, 0.49]. Other pairs" in price.text


def test_the_distance_is_given_at_both_ends_and_where_it_is_least(tmp_path: Path) -> None:
    metrics = guidance.make_metrics()
    metrics["curve"]["plain"]["scale_1_5"]["diversity"] = around(0.1)
    put_metrics(tmp_path, GuidanceMetrics, metrics)
    *_, price = sweep_guidance.findings(read_metrics(SCHEMAS[GUIDANCE], tmp_path))
    assert "least at scale 1.5, 0.10 [0.07, 0.13]; it is 0.20 at scale 1 and 0.46 at scale 7.5. Other" in price.text


@pytest.mark.parametrize(
    ("correlation", "said"),
    [
        (0.09, "below small (0.1)"),
        (0.21, "between small (0.1) and medium (0.3)"),
        (-0.21, "between small (0.1) and medium (0.3)"),
        (0.3, "between medium (0.3) and large (0.5)"),
        (0.5, "at least large (0.5)"),
    ],
)
def test_the_size_of_a_correlation_is_cohens(correlation: float, said: str, tmp_path: Path) -> None:
    found = findings(tmp_path, RANKED, {"rank_correlation": around(correlation)})[1]
    assert found.text.endswith(f" By Cohen (1988) its size is {said}.")


def test_a_correlation_that_is_not_distinguishable_has_no_size(tmp_path: Path) -> None:
    assert "Cohen" not in findings(tmp_path, RANKED, {"rank_correlation": around(0.01)})[1].text


@pytest.mark.parametrize(("share", "said"), [(0.75, True), (0.74, False)])
def test_an_order_among_correct_pictures_is_said(share: float, said: bool, tmp_path: Path) -> None:
    order = findings(tmp_path, RANKED, {"thing_accuracy/best_of_1": around(share)})[1]
    assert order.text.endswith("of the pictures show the thing, so the order is mostly among correct pictures.") == said


def test_the_average_is_over_the_eight(tmp_path: Path) -> None:
    text = findings(tmp_path, RANKED, {})[0].text.replace("\u00a0", " ")
    assert text.startswith("On average over the eight, 41.2 % [38.2, 44.2] of the pictures show the thing; of those")


def test_near_one_the_interval_that_decides_is_printed(tmp_path: Path) -> None:
    near = {
        "best/scene_accuracy": {"mean": 0.99, "low": 0.9745, "high": 0.9961},
        "ceiling/scene_accuracy": {"mean": 1.0, "low": 0.9812, "high": 1.0},
        "gap/scene_accuracy": around(-0.01, 0.0098),
    }
    best = findings(tmp_path, GUIDANCE, near)[0]
    text = best.text.replace("\u00a0", " ")
    assert "−1.0 points [−2.5, 1.0] (widened) for the scene" in text
    text = findings(tmp_path, GUIDANCE, BELOW_ALL)[0].text.replace("\u00a0", " ")
    assert "−3.0 points [−6.0, 0.0] for the scene" in text


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
