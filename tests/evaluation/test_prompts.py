"""Prompts ask for what the model has learned, in the words of the section."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.prompts import ANY_STYLE, draw_other_prompts, draw_prompts, index_of, prompt_text
from rediffuse.models.text2image.shared_params import WordsSection
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.errors import InputError


def test_a_prompt_in_words(pictures: PictureSet, words: WordsSection) -> None:
    apple, cat, night = pictures.things.index("apple"), pictures.things.index("cat"), SCENES.index("night")
    assert prompt_text(pictures, cat, night, ANY_STYLE, words) == "a picture of a cat at night"
    assert prompt_text(pictures, apple, 0, ANY_STYLE, words) == "a picture of an apple"
    assert prompt_text(pictures, cat, night, 1, words) == "a picture of a cat at night in the style of two"


def test_prompts_ask_for_what_was_learned(pictures: PictureSet, words: WordsSection) -> None:
    prompts = draw_prompts(pictures, words, learned_things(pictures, 8), 400, seed=0, study="study")
    things = learned_things(pictures, 8)
    assert set(prompts.thing.tolist()) == set(things)
    assert set(prompts.style.tolist()) == {ANY_STYLE} | (set(range(5)) - pictures.held_out.styles_of("clip"))
    pairs = set(zip(prompts.thing.tolist(), prompts.scene.tolist(), strict=True))
    assert not pairs & pictures.held_out.pairs and len(pairs) == len(things) * 4
    counts = Counter(prompts.thing.tolist())
    assert max(counts.values()) - min(counts.values()) <= 1, "things come in turn"


def test_texts_are_those_of_their_rows(pictures: PictureSet, words: WordsSection) -> None:
    prompts = draw_prompts(pictures, words, learned_things(pictures, 8), 30, seed=0, study="study")
    rows = zip(prompts.texts, prompts.thing.tolist(), prompts.scene.tolist(), prompts.style.tolist(), strict=True)
    for text, thing, scene, style in rows:
        assert text == prompt_text(pictures, thing, scene, style, words)
        assert pictures.nouns[thing] in text and ("style" in text) == (style != ANY_STYLE)


def test_seed_and_study_change_the_prompts(pictures: PictureSet, words: WordsSection) -> None:
    first = draw_prompts(pictures, words, learned_things(pictures, 8), 20, seed=0, study="study")
    assert first.texts == draw_prompts(pictures, words, learned_things(pictures, 8), 20, seed=0, study="study").texts
    assert first.texts != draw_prompts(pictures, words, learned_things(pictures, 8), 20, seed=1, study="study").texts
    assert first.texts != draw_prompts(pictures, words, learned_things(pictures, 8), 20, seed=0, study="other").texts


def test_repeated(pictures: PictureSet, words: WordsSection) -> None:
    prompts = draw_prompts(pictures, words, learned_things(pictures, 8), 3, seed=0, study="study")
    many = prompts.repeated(2)
    assert len(many) == 6 and many.texts == tuple(prompts.texts[place] for place in (0, 0, 1, 1, 2, 2))
    for part, whole in ((prompts.thing, many.thing), (prompts.scene, many.scene), (prompts.style, many.style)):
        assert torch.equal(whole, part[torch.tensor([0, 0, 1, 1, 2, 2])])


def test_a_name_that_is_not_known(pictures: PictureSet) -> None:
    assert index_of(pictures.things, "cat", "study.thing") == pictures.things.index("cat")
    with pytest.raises(InputError, match=r"^study\.thing: found 'unicorn', which is not known; allowed .* apple, bear"):
        index_of(pictures.things, "unicorn", "study.thing")


def test_prompts_are_of_the_given_things_alone(pictures: PictureSet, words: WordsSection) -> None:
    prompts = draw_prompts(pictures, words, [5, 2], 5, seed=0, study="study")
    assert sorted(prompts.thing.tolist()) in ([2, 2, 2, 5, 5], [2, 2, 5, 5, 5])


def test_other_prompts_are_none_of_those_that_were_used(pictures: PictureSet, words: WordsSection) -> None:
    used = draw_prompts(pictures, words, learned_things(pictures, 8), 10, 0, "choosing").texts
    found = draw_other_prompts(pictures, words, learned_things(pictures, 8), 8, 0, "reported", used)
    assert len(found) == 8 and not set(found.texts) & set(used)
    whole = draw_prompts(pictures, words, learned_things(pictures, 8), 2 * 8 + 10, 0, "reported")
    kept = [row for row, text in enumerate(whole.texts) if text not in used][:8]
    assert found.texts == tuple(whole.texts[row] for row in kept) and torch.equal(found.scene, whole.scene[kept])
