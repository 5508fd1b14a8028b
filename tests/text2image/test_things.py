"""Things are learned once each, those that the studies name first, and never those that are held out."""

from __future__ import annotations

import dataclasses

import pytest

from rediffuse.data.pictures import PictureSet
from rediffuse.data.splits import CLASSES
from rediffuse.data.splits import THINGS as HELD_OUT
from rediffuse.data.vocabulary import vocabulary
from rediffuse.errors import InputError
from rediffuse.params.base import read_yaml
from rediffuse.text2image.things import FURTHER, NAMED, learned_things
from tests.small_pictures import HELD_OUT_THING
from tests.text2image.conftest import ROOT


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


def test_the_default_learns_what_the_lists_name() -> None:
    things = read_yaml(ROOT / "params.yaml")["train_text2image"]["things"]
    assert things <= len(vocabulary()) - len(HELD_OUT)
    assert things >= len(CLASSES) + len(NAMED), "what the studies ask for would not be learned"
