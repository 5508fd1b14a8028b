"""What the page says of study A6 follows the numbers, whichever way they fall."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.report.sections.a6_edit_attribute_findings import findings
from rediffuse.studies.a6_edit_attribute.metrics import Metrics
from tests.studies.a6_edit_attribute.synthetic import STAGE, make_metrics, moved
from tests.support.synthetic_metrics import changed, put_metrics

PLAIN = Params(title="A title", author="", note="")


def best(changed: float, kept: float, both: float) -> dict[str, Any]:
    """The same shares at both places where the chosen scale's stand."""
    shares = {"changed": changed, "kept": kept, "both": both}
    return {f"{place}/{key}": moved(value, 0.0) for place in ("best", "curve/5") for key, value in shares.items()}


EQUAL = "against_redrawn/equal"
RIVAL = "the target’s prompt generated from the same noise"
BOTH = (
    "of the sources classified as asked, steering changes the scene and keeps the thing in {} %; "
    f"{RIVAL} does so in 72.1 %, which is"
)
BEST = "against_redrawn/best"
AT_8 = "(F1 0.692 against 0.622)"
AT_5 = "; at s = 5 it keeps more of the edges."
NONE = {f"{EQUAL}/kept": moved(0.01), f"{EQUAL}/edges": moved(0.01)}
FEWER = {f"{EQUAL}/changed": moved(-0.1), "curve/8/changed": moved(0.6), "redrawn/changed": moved(0.7)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"{BOTH.format('87.1')} less often."),
        (best(0.5, 0.6, 0.3) | {f"{BEST}/both": moved(-0.1)}, f"{BOTH.format('30.0')} more often."),
        ({f"{BEST}/both": moved(0.03)}, f"{BOTH.format('87.1')} not distinguishable."),
        ({}, f"Steering less {RIVAL} is +15.0 points [11.9, 18.1] for both, source by source."),
        ({"best/n": 0}, "No source showed its thing and its scene, so the edit is not evaluated."),
        (
            {},
            "At s = 8 steering changes the scene more often, keeps the thing less often and keeps less of the edges "
            "than at s = 2.",
        ),
        (
            {"push/kept": moved(0.0), "push/edges": moved(0.0)},
            "At s = 8 steering changes the scene more often than at s = 2.",
        ),
        (
            {"push/changed": moved(-0.1), "curve/2/changed": moved(0.6), "curve/8/changed": moved(0.5)},
            "At s = 8 steering changes the scene less often, keeps the thing less often and keeps",
        ),
        (
            {"push/changed": moved(0.0), "push/kept": moved(0.1), "push/edges": moved(0.0)}
            | {"curve/2/kept": moved(0.6), "curve/8/kept": moved(0.7), "curve/2/changed": moved(0.9)},
            "At s = 8 steering keeps the thing more often than at s = 2.",
        ),
        (
            {f"push/{key}": moved(0.0) for key in ("changed", "kept", "edges")},
            "No effect of s from 2 to 8 is distinguishable.",
        ),
        ({}, f"At s = 8 steering keeps the thing more often and more of the edges {AT_8} than {RIVAL}{AT_5}"),
        (
            {f"{BEST}/edges": moved(0.01)},
            f"At s = 8 steering keeps the thing more often and more of the edges {AT_8} than {RIVAL}; at s = 5 "
            "its edges are not distinguishable.",
        ),
        (
            {f"{BEST}/edges": moved(-0.1)},
            f"At s = 8 steering keeps the thing more often and more of the edges {AT_8} than {RIVAL}; at s = 5 "
            "it keeps less of the edges.",
        ),
        (
            {f"{EQUAL}/scale": 5.0},
            "At s = 5 steering keeps the thing more often and more of the edges (F1 0.801 against 0.622) than "
            f"{RIVAL}.",
        ),
        (
            {f"{EQUAL}/kept": moved(-0.1)},
            f"At s = 8 steering keeps the thing less often but more of the edges {AT_8} than {RIVAL}{AT_5}",
        ),
        (NONE, f"At s = 8 steering is not distinguishable from {RIVAL}{AT_5}"),
        (
            NONE | FEWER,
            f"At s = 8 steering changes the scene less often than {RIVAL}{AT_5}",
        ),
        (
            FEWER | {f"{EQUAL}/kept": moved(0.0)},
            f"At s = 8 steering changes the scene less often than {RIVAL}, and keeps more of the edges {AT_8}{AT_5}",
        ),
        ({}, "At s = 8, the largest that was tried, steering less"),
        ({f"{EQUAL}/scale": 5.0}, "At s = 5, the first that on other noises changed the scene as often, steering less"),
        ({f"{EQUAL}/edges": moved(-0.1)}, "keeps the thing more often but less of the edges (F1 0.692"),
        ({}, "The mean F1 is 0.95 at s = 2, 0.80 at s = 5 and 0.69 at s = 8; no other pair of s was tested."),
        (
            best(0.5, 0.8, 0.4),
            "At s = 5, the chosen scale, it is: thing kept +20.0 points [16.9, 23.1], F1 0.18 [0.148, 0.211]. At no",
        ),
        # Near 100 % the interval of the two shares must agree.
        (
            NONE | {f"{EQUAL}/changed": moved(-0.01, 0.005)},
            f"At s = 8 steering is not distinguishable from {RIVAL}{AT_5}",
        ),
        ({f"{EQUAL}/changed": moved(-0.01, 0.005)}, "scene changed −1.0 points [−10.1, 8.3] (widened), thing kept"),
        ({}, "At no other s is steering’s mean F1 lower; this was not tested."),
        (
            {"redrawn/edges": moved(0.9)},
            "At s = 3.5 steering’s mean F1 is lower; this was not tested.",
        ),
        ({}, "The judge classifies both the scene and the thing of 51 sources as asked. At s = 5, chosen"),
        ({}, "61.5 % of the sources are classified as the thing and the scene asked for."),
    ],
)
def test_findings(changes: dict[str, Any], said: str, run_folder: Path) -> None:
    put_metrics(run_folder, Metrics, changed(make_metrics(), changes))
    assert said in render(PLAIN, run_folder).replace("\u00a0", " ")  # stands between a number and its %


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"best/scale": 4.0}, "best.scale: found 4, which is no scale of curve"),
        ({"best/both": moved(0.1)}, "best.both: found 0.1, not as in curve"),
        ({"curve/3.5/edges": None}, "key curve.3.5.edges is missing; run the stage edit_attribute again"),
        ({"curve/x": {}}, "key curve.x.changed is missing|found the key 'x', expected a scale"),
        ({"redrawn/kept": moved(1.2)}, "redrawn.kept.mean: found 1.2, expected a fraction"),
    ],
)
def test_bad_key(changes: dict[str, Any], message: str, run_folder: Path) -> None:
    put_metrics(run_folder, Metrics, changed(make_metrics(), changes))
    with pytest.raises(InputError, match=message) as error:
        render(PLAIN, run_folder)
    assert f"{STAGE}.json" in str(error.value) and "\n" not in str(error.value)


def test_a_choice_at_the_end_of_the_grid_is_said(run_folder: Path) -> None:
    said = "It is the largest s that was tried, so a larger one may do better."
    assert said not in render(PLAIN, run_folder)
    metrics = make_metrics()
    metrics["best"] = {**metrics["best"], **metrics["curve"]["8"], "scale": 8.0}
    metrics["best"]["unconditional"] = {**metrics["best"]["unconditional"], "n": 83}
    put_metrics(run_folder, Metrics, metrics)
    assert said in render(PLAIN, run_folder)


def test_where_both_comparisons_are_at_one_scale_it_is_said_once(run_folder: Path) -> None:
    put_metrics(run_folder, Metrics, changed(make_metrics(), {f"{EQUAL}/scale": 5.0}))
    assert "the chosen scale, it is" not in render(PLAIN, run_folder)


def test_nothing_is_said_of_other_scales_where_none_was_tried(tmp_path: Path) -> None:
    metrics = make_metrics()
    metrics["curve"] = {key: metrics["curve"][key] for key in ("0", "5", "8")}
    put_metrics(tmp_path, Metrics, metrics)
    anew = findings(read_metrics(Metrics, tmp_path))[2]
    assert "mean F1" not in anew.text and "F1 0.18 [0.148, 0.211]. The target’s prompt" in anew.text


@pytest.mark.parametrize(("steered", "redrawn", "said"), [(1.0, 1.0, True), (0.99, 1.0, False), (1.0, 0.99, False)])
def test_shares_that_are_equal_at_their_ceiling_are_said(
    steered: float, redrawn: float, said: bool, run_folder: Path
) -> None:
    changes = {"curve/8/changed": moved(steered, 0.0), "redrawn/changed": moved(redrawn, 0.0)}
    put_metrics(run_folder, Metrics, changed(make_metrics(), changes))
    assert ("Both change every scene, so this share cannot tell them apart." in render(PLAIN, run_folder)) is said


def test_a_frame_for_each_scale(run_folder: Path) -> None:
    frames = run_folder / "plots" / STAGE / "frames"
    shutil.copy(frames / "04.png", frames / "05.png")
    with pytest.raises(InputError, match="found 6 frames, expected 5, one for each scale"):
        render(PLAIN, run_folder)
