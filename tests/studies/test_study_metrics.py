"""What studies A8, A9 and B3b report, from results made by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rediffuse.evaluation.prompts import Prompts
from rediffuse.evaluation.verdicts import Verdict
from rediffuse.models.picture_judge.model import Reading
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a8_sketch_to_image.params import Params as SketchParams
from rediffuse.studies.a8_sketch_to_image.study import OFF, Drawn, SketchResult, key_of, sketch_metrics
from rediffuse.studies.a8_sketch_to_image.subjects import Subjects
from rediffuse.studies.a9_refinement.params import Params as RefineParams
from rediffuse.studies.a9_refinement.study import Refined, RefineResult, refine_metrics
from rediffuse.studies.b3b_personalization.concept_reader import RealReading
from rediffuse.studies.b3b_personalization.measures import personal_metrics
from rediffuse.studies.b3b_personalization.pairs import Pair, Way
from rediffuse.studies.b3b_personalization.params import Params as PersonalParams
from rediffuse.studies.b3b_personalization.study import PersonalResult
from rediffuse.studies.b3b_personalization.word_evaluation import WordEvaluation
from tests.support.text2image import ROOT

SECTIONS: dict[str, Any] = read_yaml(ROOT / "params.yaml")
EMPTY = torch.zeros(0)
SHARED = {"artists": 8, "shared": 7}


def prompts(count: int) -> Prompts:
    none = torch.zeros(count, dtype=torch.int64)
    return Prompts(("a cat",) * count, none, none, none)


def flags(*rows: str) -> Tensor:
    """Rows of 0 and 1."""
    return torch.tensor([[letter == "1" for letter in row] for row in rows])


def refined(thing: Tensor, scene: Tensor, scores: list[float]) -> Refined:
    each = torch.tensor(scores)[:, None].expand(-1, thing.shape[1]) + torch.arange(thing.shape[1])
    return Refined(prompts(thing.shape[1]), EMPTY, each, thing, scene)


def test_refinement_is_counted_by_thing_and_scene_and_compared_at_the_same_cost() -> None:
    section = SECTIONS["refine_with_clip"]
    params = RefineParams.model_validate(
        {**section, "ascent": {**section["ascent"], "iterations": 3}, "prompts": 4, "ranked": 7}
    )
    one = refined(flags("1000", "1100", "1111", "1111"), flags("1111", "1111", "1110", "1110"), [10, 20, 30, 50])
    other = refined(flags("10", "10", "10", "11"), flags("11", "11", "11", "11"), [1, 2, 3, 4])
    ranked_scores = torch.tensor([[1.0, 2.0], [2.0, 1.0], [1.0, 3.0], [5.0, 4.0]])
    ranked_right = flags("01", "01", "00", "01")  # of the closest: right, wrong, wrong, wrong
    real = Verdict(flags("1100")[0], flags("1010")[0], EMPTY, Reading(EMPTY, EMPTY, EMPTY, EMPTY))
    found = refine_metrics(
        RefineResult({0.1: other}, 0.1, one, ranked_scores, ranked_right, EMPTY, real, SHARED), params
    )
    assert [found["judge_success"][end]["mean"] for end in ("before", "after")] == [0.25, 0.75]
    assert found["judge_success"]["change"]["mean"] == 0.5 and found["judge_success"]["n"] == 4
    assert found["clip_score"]["change"]["mean"] == pytest.approx(40)
    assert found["late"]["from"] == 1 and found["late"]["judge_success"]["mean"] == pytest.approx(0.25)
    assert [part["judge_success"]["mean"] for part in found["curve"].values()] == [0.25, 0.5, 0.75, 0.75]
    ranked = found["ranked"]
    assert ranked["judge_success"]["mean"] == 0.25
    assert ranked["iterations"] == 2 and ranked["refined"]["mean"] == 0.75  # (7 − 1) / 3 passes
    assert ranked["difference"]["mean"] == 0.5
    assert found["real"]["judge_success"]["mean"] == 0.25 and found["real"]["thing_accuracy"]["mean"] == 0.5
    assert found["real"]["difference"]["mean"] == 0.5 and found["judge"] == SHARED
    assert found["learning_rates"]["0.1"]["judge_success"]["mean"] == 1.0 and found["chosen"]["before"] == 0.5


def test_control_is_told_by_strength_and_on_is_full_strength() -> None:
    params = SketchParams.model_validate({**SECTIONS["sketch_to_image"], "sketches": 3, "pictures_per_sketch": 2})
    names = [OFF, *map(key_of, params.strengths)]
    drawn = {}
    for place, name in enumerate(names):
        f1 = torch.full((3, 2), 0.1 * (place + 1)) + torch.tensor([[0.0], [0.01], [0.02]])
        drawn[name] = Drawn(EMPTY, f1, f1 > 0.115, flags("10", "10", "11") if place else flags("10", "10", "00"))
    subjects = Subjects(EMPTY, EMPTY, EMPTY, prompts(3))
    some = torch.tensor([0.7, 0.8, 0.9])
    sketch = torch.zeros(32, 32, dtype=torch.bool)
    own = {"house": (sketch, torch.zeros(len(names), 1, 3, 32, 32, dtype=torch.uint8))}
    found = sketch_metrics(
        SketchResult(subjects, drawn, drawn[names[1]], some, some > 0.75, some > 0.85, some, some / 2, 0, SHARED, own),
        params,
    )
    assert found["edge_f1"]["on"] == found["edge_f1"]["strength_1"] and found["edge_f1"]["on"]["mean"] == pytest.approx(
        0.51
    )
    assert found["edge_f1"]["off"]["mean"] == pytest.approx(0.11) and found["matched"]["off"]["mean"] == pytest.approx(
        1 / 3
    )
    for key in ("edge_f1", "matched", "thing_accuracy"):
        assert found["decoder_alone"][key] == found[key][names[1]]
    assert found["decoder_alone"]["edge_f1_change"]["mean"] == pytest.approx(0.3)
    assert found["decoder_alone"]["thing_accuracy_change"]["mean"] == 0
    assert found["edge_f1_change"]["mean"] == pytest.approx(0.4)
    assert found["thing_accuracy"]["off"]["mean"] == pytest.approx(1 / 3) and found["n"] == 6
    assert found["thing_accuracy_change"]["mean"] == pytest.approx(1 / 3)
    assert found["real_matched"]["mean"] == pytest.approx(2 / 3) and found["real_thing"]["mean"] == pytest.approx(1 / 3)
    assert found["ceiling"]["mean"] == pytest.approx(0.8) and found["own"]["house"] == {"off": 0.0, "on": 0.0}


def evaluation(closeness: float, *right: str) -> WordEvaluation:
    each = torch.full((len(right), len(right[0])), closeness) + 0.01 * torch.arange(len(right))[:, None]
    return WordEvaluation(EMPTY, each, 1 - each, flags(*right), ~flags(*right))


def pair(thing: str, style: str) -> Pair:
    return Pair(EMPTY, flags(thing)[0], flags(style)[0])


def test_words_are_told_against_their_initial_word() -> None:
    params = PersonalParams.model_validate(SECTIONS["personalize"])
    evaluations = {
        "thing": {0: evaluation(0.2, *"000100"), 5: evaluation(0.3, *"000111"), 9: evaluation(0.5, *"011111")},
        "style": {0: evaluation(0.2, "100", "000"), 9: evaluation(0.2, "111", "000")},
    }
    real = RealReading(flags("11", "10"), flags("10", "00"), flags("0", "0", "0", "1", "0"))
    ways = {
        "naive": Way({}, (5.0,), *[pair("1", "1")] * 2, EMPTY),
        "composed": Way({}, (8.0, 4.0), *[pair("1", "1")] * 2, EMPTY),
    }
    found = personal_metrics(PersonalResult({}, {}, evaluations, real, flags("110", "100"), ways, SHARED), params)
    assert found["thing_initial"]["judge"]["mean"] == pytest.approx(1 / 6) and found["thing"]["judge"][
        "mean"
    ] == pytest.approx(5 / 6)
    assert found["thing_change"]["clip_i"]["mean"] == pytest.approx(0.3)
    assert found["thing_change"]["clip_t"]["mean"] == pytest.approx(-0.3)
    assert found["thing_change"]["kept"]["mean"] == pytest.approx(-4 / 6)
    assert list(found["thing_curve"]) == ["0", "5", "9"]
    assert found["style"]["judge"]["mean"] == pytest.approx(0.5) and found["style_change"]["judge"][
        "mean"
    ] == pytest.approx(1 / 3)
    # Six pictures of two objects, which differ: no more is known than of two.
    assert found["style_change"]["judge"]["n"] == 2 and found["style_change"]["judge"]["low"] == -1.0
    assert found["thing_real"]["mean"] == 0.75 and found["style_real"]["mean"] == 0.25
    assert found["style_false"]["mean"] == 0.2 and found["kept_real"]["mean"] == 0.5


def test_both_words_are_compared_at_their_best_scales_and_with_the_thing_alone() -> None:
    section = SECTIONS["personalize"]
    params = PersonalParams.model_validate({**section, "pair": {**section["pair"], "pictures": 4}})
    naive = Way(
        {(5.0,): pair("11", "10"), (8.0,): pair("11", "11")}, (8.0,), pair("1100", "1010"), pair("1110", "1000"), EMPTY
    )
    composed = Way({(8.0, 4.0): pair("11", "00")}, (8.0, 4.0), pair("1101", "1111"), pair("1110", "0000"), EMPTY)
    evaluations = {kind: {0: evaluation(0.2, *"01"), 9: evaluation(0.2, *"01")} for kind in ("thing", "style")}
    real = RealReading(*[flags("1", "0")] * 3)
    ways = {"naive": naive, "composed": composed}
    found = personal_metrics(PersonalResult({}, {}, evaluations, real, flags("10"), ways, SHARED), params)
    assert [found["pair"][way]["mean"] for way in ("naive", "composed")] == [0.25, 0.75] and found["pair_change"][
        "mean"
    ] == 0.5
    assert found["pair_parts"]["composed"]["thing"]["mean"] == 0.75
    assert found["alone"]["naive"]["style"]["mean"] == 0.25 and found["alone"]["composed"]["both"]["mean"] == 0.0
    assert found["style_gain"]["naive"]["mean"] == 0.25 and found["style_gain"]["composed"]["mean"] == 1.0
    assert found["thing_gain"]["naive"]["mean"] == -0.25 and found["thing_gain"]["composed"]["mean"] == 0.0
    assert found["both_gain"]["naive"]["mean"] == 0.0 and found["both_gain"]["composed"]["mean"] == 0.75
    assert {way: list(part) for way, part in found["choosing"].items()} == {
        "naive": ["5", "8"],
        "composed": ["8 and 4"],
    }
    assert found["choosing"]["naive"]["8"]["mean"] == 1.0
    assert found["scales"] == {"naive": 8.0, "thing": 8.0, "style": 4.0}
