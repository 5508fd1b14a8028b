"""The table of things: words that can stand in a caption, drawings that no two things share."""

from __future__ import annotations

import re
from collections import Counter

from rediffuse.data.sources.pictures.drawings import artist_sets
from rediffuse.data.sources.pictures.vocabulary import vocabulary

KINDS = {"animals", "plants", "food", "activities", "objects", "places", "people", "faces", "signs"}
VOWEL_SOUNDS = {"hourglass", "herb", "suv"}
CONSONANT_SOUNDS = {"unicorn"}
MASSES_AND_NAMES = {"bread", "rice", "scissors", "jeans", "mount fuji", "santa claus", "sushi", "toilet paper"}


def test_names_are_unique_plain_words() -> None:
    names = [thing.name for thing in vocabulary()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+([ -][a-z]+)*", name) for name in names)
    assert len({name.replace(" ", "_") for name in names}) == len(names)
    assert {thing.kind for thing in vocabulary()} == KINDS


def test_no_drawing_shows_two_things() -> None:
    for artist in artist_sets():
        used = Counter(name for thing in vocabulary() for name in thing.drawings.get(artist.style, ()))
        assert [name for name, times in used.items() if times > 1] == [], artist.style


def test_enough_things_in_enough_styles() -> None:
    styles = Counter(len(thing.drawings) for thing in vocabulary())
    assert len(vocabulary()) >= 800
    assert min(styles) >= 5
    assert sum(count for number, count in styles.items() if number >= 7) >= 680
    assert all(1 <= len(names) <= 2 for thing in vocabulary() for names in thing.drawings.values())


def test_articles() -> None:
    for thing in vocabulary():
        first = re.split("[ -]", thing.name)[0]
        vowel = (first[0] in "aeiou" or first in VOWEL_SOUNDS) and first not in CONSONANT_SOUNDS
        assert thing.article in ("", "the", "an" if vowel else "a"), thing
        assert thing.noun == f"{thing.article} {thing.name}".strip()
        if thing.name in MASSES_AND_NAMES:
            assert not thing.article
    by_name = {thing.name: thing.noun for thing in vocabulary()}
    assert by_name["elephant"] == "an elephant"
    assert by_name["hourglass"] == "an hourglass"
    assert by_name["unicorn"] == "a unicorn"
    assert by_name["scissors"] == "scissors"
    assert by_name["statue of liberty"] == "the statue of liberty"


def test_plurals_have_no_article() -> None:
    """A last word in -s that is no singular we know."""
    singular = {"rhinoceros", "fleur-de-lis", "sideways", "crossbones"}
    for thing in vocabulary():
        last = thing.name.split()[-1]
        described = any(f" {word} " in thing.name for word in ("in", "covering", "with"))
        if last.endswith("s") and not last.endswith(("ss", "us")) and last not in singular and not described:
            assert not thing.article, thing.name
