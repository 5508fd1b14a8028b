"""Answers of the blind tests are scored and pooled as they are, and bad ones end in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.naming.__main__ import main
from benchmarks.naming.keys import Item, Key, read_key
from benchmarks.naming.scoring import pooled
from rediffuse.data.pictures.dataset import SCENES
from rediffuse.evaluation import intervals
from tests.support.blind_tests import ROOT, a_test, results

THINGS = ("apple", "bear", "cat", "dog")


def a_key(test: str = "naming", seed: int = 1, **changes: object) -> Key:
    kinds = ["generated", "generated", "generated", "through_autoencoder"]
    items = {n: Item(kind=k, thing=t, scene="day") for n, (k, t) in enumerate(zip(kinds, THINGS, strict=True), 1)}
    given = {"test": test, "seed": seed, "model": "m", "digest": "d", "choices": THINGS, "scenes": SCENES}
    return Key.model_validate({**given, "pictures": items, **changes})


def test_scores_of_a_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# a comment;1: Apple, day;;2: bear, night;  4 :dog;3: dog"
    main(a_test(tmp_path / "a", a_key(), anna=text))
    found = results(tmp_path)
    wilson = intervals.proportion([True, True, False])
    assert found["default"]["share"] == pytest.approx(2 / 3, abs=1e-4) and found["default"]["n"] == 3
    assert found["default"]["low"] == pytest.approx(wilson["low"], abs=1e-4)
    assert found["default"]["high"] == pytest.approx(wilson["high"], abs=1e-4)
    assert found["through_autoencoder"]["share"] == 1 and found["through_autoencoder"]["n"] == 1
    assert found["default_scene"]["share"] == 0.5 and found["default_scene"]["n"] == 2
    assert "through_autoencoder_scene" not in found
    assert found["confusions"] == [{"shown": "cat", "named": "dog", "kind": "generated", "count": 1}]
    assert found["seeds"] == [1] and [row["reader"] for row in found["readers"]] == ["anna"]
    assert (tmp_path / "kept" / "1-anna.txt").read_text() == text.replace(";", "\n")
    assert read_key(tmp_path / "kept" / "1-key.json") == a_key()
    assert "3 of 4 right" in capsys.readouterr().out


def test_readers_and_seeds_are_pooled_and_replaced(tmp_path: Path) -> None:
    right, wrong = "1: apple;2: bear;3: cat;4: dog", "1: dog;2: dog;3: dog;4: cat"
    main(a_test(tmp_path / "a", a_key(), anna=right, ben=right))
    found = results(tmp_path)
    assert found["default"]["n"] == 6
    one = intervals.clustered_proportion([True] * 6, [1, 2, 3, 1, 2, 3])
    assert found["default"]["low"] == pytest.approx(one["low"], abs=1e-4), (
        "two answers to a picture are not independent"
    )
    main(a_test(tmp_path / "b", a_key(seed=12, digest="e"), anna=wrong))
    found = results(tmp_path)
    assert found["default"]["n"] == 9 and found["default"]["share"] == pytest.approx(6 / 9, abs=1e-4)
    assert found["seeds"] == [1, 12]
    assert [(row["seed"], row["reader"], row["default"]["share"]) for row in found["readers"]] == [
        (1, "anna", 1),
        (1, "ben", 1),
        (12, "anna", 0),
    ]
    main(a_test(tmp_path / "b", a_key(seed=12, digest="e"), anna=right))
    found = results(tmp_path)
    assert found["default"]["n"] == 9 and found["default"]["share"] == 1 and not found["confusions"]
    kept = tmp_path / "kept" / "12-anna.txt"
    main(["score", str(tmp_path / "b"), str(kept), "--kept", str(tmp_path / "kept")])
    assert results(tmp_path) == found, "scoring the kept file again changes nothing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1: apple;2: bear;3: cat", "picture 4 has no answer"),
        ("1: apple;2: bear;3: cat;4: dog;2: bear", "a second time"),
        ("1: apple;2: bear;3: cat;5: dog", "allowed are 1 to 4"),
        ("1: apple;2: bear;3: lion;4: dog", "'lion'"),
        ("1: apple;2: bear;3: cat, noon;4: dog", "'noon'"),
        ("1: apple;2 bear;3: cat;4: dog", "expected 'number: object'"),
    ],
)
def test_bad_answers_end_in_one_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(a_test(tmp_path / "a", a_key(), anna=text))
    assert end.value.code == 2
    line = capsys.readouterr().err
    assert message in line and line.count("\n") == 1
    assert not (tmp_path / "kept").exists() and not (tmp_path / "kept.json").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"digest": "other"}, "other pictures"),
        ({"model": "other", "seed": 2}, "another model"),
        ({"guidance_scales": (2.0,), "seed": 2}, "or guidance scale"),
    ],
)
def test_answers_to_other_pictures_are_not_mixed(
    changes: dict, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = "1: apple;2: bear;3: cat;4: dog"
    main(a_test(tmp_path / "a", a_key(), anna=right))
    before = results(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(a_test(tmp_path / "b", a_key(**changes), ben=right))
    assert end.value.code == 2 and message in capsys.readouterr().err
    assert results(tmp_path) == before and len(list((tmp_path / "kept").iterdir())) == 2


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_folder_without_a_key_ends_in_one_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "key.json").write_text(content)
    (tmp_path / "anna.txt").write_text("1: apple\n")
    with pytest.raises(SystemExit) as end:
        main(["score", str(tmp_path), str(tmp_path / "anna.txt"), "--kept", str(tmp_path / "kept")])
    line = capsys.readouterr().err
    assert end.value.code == 2 and "key.json" in line and line.count("\n") == 1


@pytest.mark.parametrize("name", ["naming", "naming_long"])
def test_committed_scores_are_those_of_the_committed_answers(name: str) -> None:
    kept = ROOT / "benchmarks" / name
    file = kept.with_name(f"{name}.json")
    found = intervals.rounded(pooled(kept))
    assert (json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}) == json.loads(json.dumps(found))


def test_scores_name_the_guidance_scale(tmp_path: Path) -> None:
    main(a_test(tmp_path / "a", a_key(guidance_scales=(2.0,)), anna="1: apple;2: bear;3: cat;4: dog"))
    assert results(tmp_path)["guidance_scales"] == [2.0]
