"""No model is trained on what it is tested on: styles, things and pairs."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.data.pictures.composing import draw_recipe
from rediffuse.data.pictures.dataset import SCENES, Reader
from rediffuse.data.sources.pictures.splits import ANIMALS, CLASSES, SHOWING, STYLES, THINGS, held_out_pairs
from rediffuse.data.sources.pictures.vocabulary import vocabulary
from tests.support.real_tables import real_tables

READERS = st.sampled_from(("clip", "judge"))
NAMES = [thing.name for thing in vocabulary()]
STUDIES = ("castle", "house", "houses", "dragon", "mountain", "city", "sunset", "sunrise", "bus", "mushroom", "chair")


def test_every_reader_is_tested_on_styles_that_it_never_sees() -> None:
    pictures = real_tables()
    for reader in ("clip", "judge"):
        train, test = (pictures.style[pictures.rows(reader, split)] for split in ("train", "test"))
        assert not set(train.tolist()) & set(test.tolist())
        assert len(set(test.tolist())) == 2
        assert set(train.tolist()) | set(test.tolist()) == set(range(10))
    seen = {reader: set(pictures.style[pictures.rows(reader, "train")].tolist()) for reader in ("clip", "judge")}
    assert not any(pictures.styles.index(name) in seen["clip"] | seen["judge"] for name in STYLES["all"])
    assert seen["clip"] != seen["judge"]


def test_held_out_things_are_in_neither_split_and_all_other_things_are_in_both() -> None:
    pictures = real_tables()
    others = set(range(len(NAMES))) - {NAMES.index(name) for name in (*THINGS, *SHOWING)}
    told = {NAMES.index(name) for name in THINGS}
    for reader in ("clip", "judge"):
        assert set(pictures.thing[pictures.rows(reader, "train")].tolist()) == others
        held_out = [set(pictures.thing[pictures.held_out_rows(reader, split)].tolist()) for split in ("train", "test")]
        assert held_out[0] | held_out[1] == told
        assert reader == "judge" or held_out[1] == told
    assert set(pictures.thing[pictures.rows("clip", "test")].tolist()) == others


def test_the_splits_of_a_reader_are_all_drawings_once() -> None:
    pictures = real_tables()
    for reader in ("clip", "judge"):
        parts = [rows(reader, split) for rows in (pictures.rows, pictures.held_out_rows) for split in ("train", "test")]
        showing = torch.nonzero(torch.isin(pictures.thing, torch.tensor([NAMES.index(name) for name in SHOWING])))
        assert torch.equal(torch.cat([*parts, showing.flatten()]).sort().values, torch.arange(len(pictures.thing)))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**40), reader=READERS, defects=st.floats(0, 1))
def test_no_recipe_of_the_training_shows_what_is_held_out(seed: int, reader: Reader, defects: float) -> None:
    pictures, random = real_tables(), torch.Generator().manual_seed(seed)
    rows = pictures.rows(reader, "train")
    drawings = rows[torch.randint(len(rows), (512,), generator=random)]
    recipe = draw_recipe(pictures, drawings, random, side="train", defects=defects)
    things = pictures.thing[recipe.drawing].tolist()
    assert not set(zip(things, recipe.scene.tolist(), strict=True)) & pictures.held_out.pairs
    assert not set(things) & pictures.held_out.things
    assert not set(pictures.style[recipe.drawing].tolist()) & pictures.held_out.styles_of(reader)
    assert int(recipe.background.max()) < pictures.backgrounds["train"].shape[1]


def test_a_tenth_of_the_pairs_is_held_out_some_of_them_with_classes() -> None:
    pairs = list(held_out_pairs(NAMES, SCENES))
    assert len(pairs) == len(set(pairs))
    assert abs(len(pairs) / (len(NAMES) * (len(SCENES) - 1)) - 0.1) < 0.02
    assert all(scene != "plain" for _, scene in pairs)
    assert {scene for _, scene in pairs} == set(SCENES) - {"plain"}
    assert len([thing for thing, _ in pairs if thing in CLASSES]) >= 12
    assert max(sum(thing == name for thing, _ in pairs) for name in NAMES) < len(SCENES) - 1


def test_another_thing_moves_no_other_pair() -> None:
    pairs = set(held_out_pairs(NAMES, SCENES))
    assert {pair for pair in held_out_pairs(["quagga", *NAMES], SCENES) if pair[0] != "quagga"} == pairs


def test_classes_are_fifty_known_things_that_every_reader_knows_and_is_tested_on() -> None:
    assert len(CLASSES) == len(set(CLASSES)) == 50
    assert CLASSES[:5] == ANIMALS == ("cat", "dog", "giraffe", "elephant", "horse")
    assert not set(CLASSES) & {*THINGS, *SHOWING}
    assert not set(STUDIES) & {*THINGS, *SHOWING}
    drawings = {thing.name: thing.drawings for thing in vocabulary()}
    for name in CLASSES:
        assert all(style in drawings[name] for style in STYLES["clip"]), name
        assert name in ("giraffe", "beetle", "fox", "chair") or len(set(drawings[name]) - {"streamline"}) == 9, name
