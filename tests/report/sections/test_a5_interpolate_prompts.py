"""What the page says of interpolation follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.report.sections import a5_interpolate_prompts as interpolate_prompts
from rediffuse.studies.a5_interpolate_prompts.metrics import Metrics
from tests.studies.a5_interpolate_prompts.synthetic import STAGE, make_metrics, span
from tests.support.synthetic_metrics import changed, put_metrics

CLIP = "From one end to the other, CLIP’s mean cosine with the first prompt"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "On average, CLIP finds a prompt nearer to its own end of the way than to the other"),
        ({"passes/start": span(0.0)}, f"{CLIP} does not change distinguishably while that with the second rises"),
        (
            {"passes/start": span(0.01), "passes/end": span(0.02)},
            f"{CLIP} and that with the second do not change distinguishably",
        ),
        (
            {"passes/start": span(0.2), "passes/end": span(-0.2)},
            f"{CLIP} rises while that with the second falls",
        ),
        ({}, "The inner steps of the way are, on average, larger than the first and the last"),
        (
            {"middle": span(0.01)},
            "The inner steps of the way are, on average, not distinguishable from the first and the last",
        ),
        ({"middle": span(-0.2)}, "The inner steps of the way are, on average, smaller than the first and the last"),
        ({}, "Over all pairs, slerp of the prompts makes a more even way than lerp"),
        (
            {"difference/evenness": span(-0.2)},
            "Over all pairs, lerp of the prompts makes a more even way than slerp",
        ),
        (
            {"difference/evenness": span(0.0)},
            "Over all pairs, slerp and lerp of the prompts are not distinguishable in evenness",
        ),
        ({}, "In these 7 pairs, a change of thing comes more evenly than a change of scene"),
        (
            {"scene_less_thing": span(0.2)},
            "In these 7 pairs, a change of scene comes more evenly than a change of thing",
        ),
        (
            {"scene_less_thing": span(-0.1, 0.11)},
            "In these 7 pairs, changes of scene and of thing are not distinguishable in evenness",
        ),
        ({}, "Half-way the judge is less confident of its most probable scene than at the ends"),
        (
            {"judge/thing/dip": span(0.2)},
            "Half-way the judge is more confident of its most probable thing than at the ends",
        ),
        (
            {"judge/thing/dip": span(0.0)},
            "Over 5 pairs, the judge’s confidence in its most probable thing half-way is not distinguishable from that "
            "at the ends",
        ),
    ],
)
def test_findings(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), changes))
    found = interpolate_prompts.findings(read_metrics(Metrics, tmp_path))
    assert said in [finding.lead for finding in found]


@pytest.mark.parametrize(
    ("middle", "said"),
    [
        (span(0.2), "the inner steps are larger than the first and the last by 0.200 [0.169, 0.231] in the mean"),
        (span(0.01), "the inner steps differ from the first and the last by 0.010 [−0.021, 0.041] in the mean"),
        (span(-0.2), "the inner steps are smaller than the first and the last by 0.200 [0.169, 0.231] in the mean"),
    ],
)
def test_the_size_of_the_inner_steps_has_a_direction(middle: dict[str, float], said: str, tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, changed(make_metrics(), {"middle": middle}))
    assert said in interpolate_prompts.findings(read_metrics(Metrics, tmp_path))[1].text


def test_half_way_shares_have_intervals(tmp_path: Path) -> None:
    put_metrics(tmp_path, Metrics, make_metrics())
    scene = interpolate_prompts.findings(read_metrics(Metrics, tmp_path))[3].text.replace("\u00a0", " ")
    assert "the first prompt’s scene has 21.2 % [18.0, 24.3], the second’s 13.1 % [10.0, 16.2], and others" in scene


def test_a_frame_for_each_alpha(run_folder: Path) -> None:
    (run_folder / "plots" / STAGE / "frames" / "04.png").unlink()
    with pytest.raises(InputError, match="found 4 frames, expected 5"):
        render(Params(title="A title", author="", note=""), run_folder)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    metrics = make_metrics()
    del metrics["angle"]["largest"]
    put_metrics(tmp_path, Metrics, metrics)
    with pytest.raises(InputError, match=r"key angle\.largest is missing"):
        read_metrics(Metrics, tmp_path)


def test_the_answer_follows_the_numbers_and_not_what_one_expects(run_folder: Path) -> None:
    plain = Params(title="A title", author="", note="")

    def answer(changes: dict[str, Any]) -> str:
        put_metrics(run_folder, Metrics, changed(make_metrics(), changes))
        page = render(plain, run_folder)
        start = page.index('id="question-interpolate-prompts-interpolation"')
        return page[start : page.index("</article>", start)]

    assert "thing comes more evenly than a change of scene" in answer({})
    assert "scene comes more evenly than a change of thing" in answer({"scene_less_thing": span(0.2)})
    assert "others that neither asked for 65.7" in answer({})


def test_prompts_that_the_judge_has_no_words_for_leave_its_part_out(run_folder: Path) -> None:
    changes = {"judge": {}, "by_change": {}, "scene_less_thing": None}
    put_metrics(run_folder, Metrics, changed(make_metrics(), changes))
    for kind in ("scene", "thing"):
        (run_folder / "plots" / STAGE / f"{kind}.png").unlink()
    page = render(Params(title="A title", author="", note=""), run_folder)
    assert "more evenly than a change" not in page and "What the judge reads along slerp" not in page
