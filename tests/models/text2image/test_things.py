"""Things are learned once each, those that the studies name first; of each one drawing an artist, none held out."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
import torch

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.data.sources.pictures.drawings import artist_sets
from rediffuse.data.sources.pictures.splits import CLASSES, SHOWING
from rediffuse.data.sources.pictures.splits import THINGS as HELD_OUT
from rediffuse.data.sources.pictures.vocabulary import vocabulary
from rediffuse.models.text2image.things import (
    FURTHER,
    HEADS,
    NAMED,
    OUTLINED,
    known_things,
    learned_drawings,
    learned_styles,
    learned_things,
    save_things,
    unlearned_drawings,
)
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from tests.support.small_pictures import HELD_OUT_THING
from tests.support.text2image import ROOT
from tools.apply_profile import overlay


@pytest.mark.parametrize("count", [1, 6, 7, 11])
def test_classes_first_and_none_twice(count: int, pictures: PictureSet) -> None:
    found = learned_things(pictures, count)
    assert len(found) == count == len(set(found))
    classes = [pictures.things.index(name) for name in pictures.classes]
    assert found[: len(classes)] == classes[:count]
    assert found == learned_things(pictures, 11)[:count], "a larger number takes none away"
    assert HELD_OUT_THING not in found


def test_a_held_out_class_is_left_out(pictures: PictureSet) -> None:
    """The order does not let a thing in that is held out."""
    with_owl = dataclasses.replace(pictures, classes=("owl", *pictures.classes))
    assert learned_things(with_owl, 11) == learned_things(pictures, 11)
    free = dataclasses.replace(pictures.held_out, things=frozenset())
    assert learned_things(dataclasses.replace(with_owl, held_out=free), 1) == [HELD_OUT_THING]


def test_more_than_there_are(pictures: PictureSet) -> None:
    with pytest.raises(InputError, match=r"^things: found 12, allowed at most 11, those that are not held out$"):
        learned_things(pictures, 12)


def test_the_lists_name_things_that_there_are() -> None:
    """A name that is misspelt would be passed over without a word."""
    names = {thing.name for thing in vocabulary()}
    assert set(NAMED) | set(FURTHER) <= names
    assert not (set(NAMED) | set(FURTHER)) & set(HELD_OUT)
    told = [*CLASSES, *NAMED, *FURTHER]
    assert len(told) == len(set(told)), "one stands there twice"


def committed_things(pictures: PictureSet) -> PictureSet:
    """The picture set with the things of the committed vocabulary, and those of them that are held out."""
    names = tuple(thing.name for thing in vocabulary())
    held_out = frozenset(names.index(name) for name in (*HELD_OUT, *SHOWING))
    return dataclasses.replace(
        pictures, things=names, classes=CLASSES, held_out=dataclasses.replace(pictures.held_out, things=held_out)
    )


@pytest.mark.parametrize("profile", [path.name for path in sorted((ROOT / "profiles").glob("*.yaml"))])
def test_the_things_of_a_profile_are_allowed(profile: str, pictures: PictureSet) -> None:
    section = read_yaml(ROOT / "params.yaml")["train_text2image"]
    overlay(section, read_yaml(ROOT / "profiles" / profile).get("train_text2image", {}), "train_text2image.")
    assert len(learned_things(committed_things(pictures), section["things"])) == section["things"]


def test_the_most_things_are_told_where_a_number_is_given(pictures: PictureSet) -> None:
    """In params.yaml and docs/gpu.md, and the profile gpu learns them all."""
    most = len(vocabulary()) - len({*HELD_OUT, *SHOWING})
    with pytest.raises(InputError, match=f"allowed at most {most},"):
        learned_things(committed_things(pictures), most + 1)
    assert read_yaml(ROOT / "profiles/gpu.yaml")["train_text2image"]["things"] == most
    assert re.search(rf"^  things: \d+ .*at most {most}$", (ROOT / "params.yaml").read_text(), re.MULTILINE)
    assert f"all {most} things that are not held out" in (ROOT / "docs/gpu.md").read_text()


def test_the_default_learns_what_the_lists_name() -> None:
    things = read_yaml(ROOT / "params.yaml")["train_text2image"]["things"]
    assert things >= len(CLASSES) + len(NAMED), "what the studies ask for would not be learned"


@pytest.mark.parametrize("count", [1, 3, 8])
def test_drawings_are_of_the_first_things(count: int, pictures: PictureSet) -> None:
    rows = learned_drawings(pictures, learned_things(pictures, count))
    assert set(pictures.thing[rows].tolist()) == set(learned_things(pictures, count))
    assert len(rows) == count * 3, "three artists may be seen"
    assert torch.equal(rows, rows.unique())


def test_artists_of_outlines_are_not_learned(pictures: PictureSet) -> None:
    outlined = dataclasses.replace(pictures, styles=("one", OUTLINED[0], *pictures.styles[2:]))
    assert learned_styles(pictures) == [0, 1, 3] and learned_styles(outlined) == [0, 3]
    assert set(pictures.style[learned_drawings(outlined, learned_things(outlined, 8))].tolist()) == {0, 3}
    assert set(pictures.style[unlearned_drawings(outlined, 8)].tolist()) == {1, 2, 4}


def test_one_drawing_of_each_artist_and_thing(pictures: PictureSet) -> None:
    """The first, but of the things of which the second shows the head."""
    again = {name: pictures.things.index(name) for name in ("apple", "cat")}
    rows = torch.isin(pictures.thing, torch.tensor(list(again.values())))
    first = len(pictures.thing)
    doubled = dataclasses.replace(
        pictures,
        rgba=torch.cat([pictures.rgba, pictures.rgba[rows]]),
        thing=torch.cat([pictures.thing, pictures.thing[rows]]),
        style=torch.cat([pictures.style, pictures.style[rows]]),
    )
    assert "cat" in HEADS and "apple" not in HEADS
    found = learned_drawings(doubled, learned_things(doubled, 8))
    assert len(found) == 8 * 3 == len(learned_drawings(pictures, learned_things(pictures, 8)))
    assert {int(doubled.thing[row]) for row in found if row >= first} == {again["cat"]}
    assert not (found[doubled.thing[found] == again["cat"]] < first).any()


def test_learned_and_unlearned_drawings_share_no_artist(pictures: PictureSet) -> None:
    learned, other = learned_drawings(pictures, learned_things(pictures, 8)), unlearned_drawings(pictures, 8)
    assert not set(pictures.style[learned].tolist()) & set(pictures.style[other].tolist())
    assert set(pictures.thing[learned].tolist()) == set(pictures.thing[other].tolist())


def test_the_lists_of_artists_and_heads_name_what_there_is() -> None:
    assert set(OUTLINED) < {artist.style for artist in artist_sets()}
    doubles = {thing.name for thing in vocabulary() if len(thing.drawings) > 1}
    assert set(HEADS) <= doubles & {*CLASSES, *FURTHER}


def test_the_things_of_a_model_are_read_from_its_folder_in_their_order(pictures: PictureSet, tmp_path: Path) -> None:
    things = learned_things(pictures, 8)[::-1]
    save_things(tmp_path, pictures, things)
    assert known_things(pictures, str(tmp_path), None) == things
    assert json.loads((tmp_path / "things.json").read_text())["things"] == [pictures.things[thing] for thing in things]
    turned = dataclasses.replace(pictures, things=pictures.things[::-1])
    last = len(pictures.things) - 1
    assert known_things(turned, str(tmp_path), None) == [last - thing for thing in things], "names count, not places"


def test_of_a_model_without_a_list_a_number_says_how_many(pictures: PictureSet, tmp_path: Path) -> None:
    assert known_things(pictures, "owner/name", 5) == learned_things(pictures, 5)
    for model in ("owner/name", str(tmp_path)):
        with pytest.raises(InputError, match=f"^{model} has no things.json, .* give things as a number$"):
            known_things(pictures, model, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "found no list 'things'"),
        ('{"things": []}', "found no list 'things'"),
        ('{"things": "cat"}', "found no list 'things'"),
        ('{"things": ["cat", "unicorn"]}', "found 'unicorn', which data/pictures does not have"),
        ('{"things": [3]}', "found '3', which data/pictures does not have"),
        ("{", "not readable as JSON"),
    ],
)
def test_a_wrong_list_of_things(pictures: PictureSet, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "things.json").write_text(text)
    with pytest.raises(InputError, match=rf"things\.json: {said}.*expected the things that train_text2image wrote"):
        known_things(pictures, str(tmp_path), None)
