"""Candidates of CLIP's training never see the artists that compare them, nor do the test artists take part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmarks import validation
from benchmarks.validation import Candidate, better, changed, main, summary, without_artists
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip import params as train_clip
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def params() -> train_clip.Params:
    return train_clip.Params.model_validate(read_yaml(ROOT / "params.yaml")["train_clip"])


def test_validation_artists_are_the_only_ones_that_are_read(pictures: PictureSet) -> None:
    tested = pictures.held_out.styles_of("clip")
    chosen = sorted({*range(len(pictures.styles))} - tested)[:1]
    name = pictures.styles[chosen[0]]
    left = without_artists(pictures, (name,))
    assert left.style[left.rows("clip", "test")].unique().tolist() == chosen
    learned = {*left.style[left.rows("clip", "train")].tolist()}
    assert learned == {*range(len(pictures.styles))} - tested - {*chosen}
    # The drawings themselves are as before, in their order.
    kept = ~torch.isin(pictures.style, torch.tensor(sorted(tested)))
    assert torch.equal(left.rgba, pictures.rgba[kept])


def test_candidates_are_single_changes_that_the_section_allows(params: train_clip.Params) -> None:
    for name, candidate in validation.CANDIDATES.items():
        found = changed(params, candidate.changes, 500)
        same = changed(params, {}, 500)
        assert (found == same) is (name == validation.COMMITTED)
    assert changed(params, {"optimizer.weight_decay": 0.1}, 500).optimizer.weight_decay == 0.1
    assert params.optimizer.weight_decay != 0.1
    with pytest.raises(InputError, match=r"train_clip: .*warmup"):
        changed(params, {}, 1)


def test_a_candidate_is_better_where_one_interval_is_above_zero_none_below_and_it_costs_no_more() -> None:
    committed = torch.zeros(400, dtype=torch.bool)
    classes = torch.arange(400) < 200
    drawings = torch.arange(400)
    candidates = {
        "committed": committed,
        "all": torch.arange(400) % 2 == 0,  # 50 % of both
        "others": ~classes,  # better on other things, as bad on the classes
    }
    found = {name: {"time": 1.0} | summary(right, committed, drawings, classes) for name, right in candidates.items()}
    assert found["all"]["classes"]["acc1"] == 0.5 and found["all"]["classes"]["n"] == 200
    assert found["others"]["classes"]["change"]["mean"] == 0.0
    assert better({"candidates": found}) == ["all", "others"]
    found["others"]["time"] = 1.3
    assert better({"candidates": found}) == ["all"]
    found["others"] = {"time": 1.0} | summary(~classes, classes, drawings, classes)
    assert found["others"]["classes"]["change"]["mean"] == -1.0
    assert better({"candidates": found}) == ["all"]


def test_the_committed_numbers_are_of_the_committed_section(params: train_clip.Params) -> None:
    found = json.loads((ROOT / validation.RESULTS).read_text(encoding="utf-8"))
    told = {name: Candidate(part["changes"], part["steps"]) for name, part in found["candidates"].items()}
    assert told == validation.CANDIDATES
    assert found["artists"] == list(validation.ARTISTS)
    # What is better on the validation artists is what params.yaml has.
    assert better(found) == []


def test_bad_steps_end_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--steps", "0"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "validation: --steps: found 0, expected 1 or more\n"
