"""What studies A8, A9 and B3b report, from results made by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rediffuse.params.base import read_yaml
from rediffuse.params.personalize import Params as PersonalParams
from rediffuse.params.refine_with_clip import Params as RefineParams
from rediffuse.params.sketch_to_image import Params as SketchParams
from rediffuse.text2image.personal_study import Look, Pair, PersonalResult, personal_metrics
from rediffuse.text2image.prompts import Prompts
from rediffuse.text2image.refine_study import Refined, RefineResult, refine_metrics
from rediffuse.text2image.sketch_study import OFF, Drawn, SketchResult, Subjects, key_of, sketch_metrics
from tests.text2image.conftest import ROOT

SECTIONS: dict[str, Any] = read_yaml(ROOT / "params.yaml")
EMPTY = torch.zeros(0)


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
    found = refine_metrics(RefineResult({0.1: other}, 0.1, one, ranked_scores, ranked_right, EMPTY), params)
    assert (found["judge_success"]["before"], found["judge_success"]["after"]) == (0.25, 0.75)
    assert found["judge_success"]["change"]["mean"] == 0.5 and found["judge_success"]["n"] == 4
    assert found["clip_score"]["change"]["mean"] == pytest.approx(40)
    assert found["late"]["from"] == 1 and found["late"]["judge_success"]["mean"] == pytest.approx(0.25)
    assert [part["judge_success"]["mean"] for part in found["curve"].values()] == [0.25, 0.5, 0.75, 0.75]
    ranked = found["ranked"]
    assert ranked["judge_success"]["mean"] == 0.25
    assert ranked["iterations"] == 2 and ranked["refined"]["mean"] == 0.75  # (7 − 1) / 3 passes
    assert ranked["difference"]["mean"] == 0.5
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
    found = sketch_metrics(SketchResult(subjects, drawn, some, some > 0.75, some, some / 2, 0, own), params)
    assert found["edge_f1"]["on"] == found["edge_f1"]["strength_1"] == pytest.approx(0.51)
    assert found["edge_f1"]["off"] == pytest.approx(0.11) and found["matched"]["off"] == pytest.approx(1 / 3)
    assert found["edge_f1_change"]["mean"] == pytest.approx(0.4)
    assert found["thing_accuracy"]["off"] == pytest.approx(1 / 3) and found["n"] == 6
    assert found["thing_accuracy_change"]["mean"] == pytest.approx(1 / 3)
    assert found["ceiling"]["mean"] == pytest.approx(0.8) and found["own"]["house"] == {"off": 0.0, "on": 0.0}


def look(closeness: float, right: str) -> Look:
    each = torch.full((len(right),), closeness) + 0.01 * torch.arange(len(right))
    return Look(EMPTY, each, 1 - each, flags(right)[0])


def test_words_are_told_against_their_initial_word_and_pairs_by_both() -> None:
    section = SECTIONS["personalize"]
    pair = {**section["pair"], "pictures": 4}
    params = PersonalParams.model_validate({**section, "pair": pair})
    looks = {"thing": {0: look(0.2, "000100"), 5: look(0.3, "000111"), 9: look(0.5, "011111")}}
    looks["style"] = {0: look(0.2, "100000"), 9: look(0.2, "100000")}
    pairs = {
        "naive": Pair(EMPTY, flags("1100")[0], flags("1010")[0]),
        "composed": Pair(EMPTY, flags("1101")[0], flags("1111")[0]),
    }
    real = {"thing": flags("1110")[0], "style": flags("1000")[0]}
    result = PersonalResult({}, {}, looks, real, pairs, {(8.0, 4.0): pairs["naive"]}, (8.0, 4.0), {})
    found = personal_metrics(result, params)
    assert found["thing_initial"]["judge"] == pytest.approx(1 / 6) and found["thing"]["judge"] == pytest.approx(5 / 6)
    assert found["thing_change"]["clip_i"]["mean"] == pytest.approx(0.3)
    assert found["thing_change"]["clip_t"]["mean"] == pytest.approx(-0.3)
    assert found["style_change"]["judge"]["mean"] == 0.0
    assert list(found["thing_curve"]) == ["0", "5", "9"]
    assert found["pair"] == {"naive": 0.25, "composed": 0.75} and found["pair_change"]["mean"] == 0.5
    assert found["pair_parts"]["composed"]["thing"]["mean"] == 0.75
    assert list(found["choosing"]) == ["8 and 4"] and found["scales"] == {"thing": 8.0, "style": 4.0}
    assert found["thing_real"]["mean"] == 0.75 and found["style_real"]["mean"] == 0.25
