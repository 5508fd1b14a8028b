"""Captions are English, name what is in the picture, and keep to ASCII."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.data.pictures.captions import BLAME, CHANCES, PRAISE, WHERE, caption, captions, tokenizer_texts
from rediffuse.data.pictures.composing import draw_recipe
from rediffuse.data.pictures.dataset import SCENES
from rediffuse.data.pictures.defects import DEFECTS
from tests.support.real_tables import real_tables

CHANCE = st.lists(st.floats(0, 1, exclude_max=True, width=32), min_size=CHANCES, max_size=CHANCES)
NOUNS = real_tables().nouns
NEGATIVE = "lowres, cropped, worst quality, low quality, jpeg artifacts, watermark, blurry, out of frame"
SUFFIX = "high resolution, highly detailed, masterpiece, best quality, professional"


@settings(max_examples=400, deadline=None)
@given(
    noun=st.sampled_from(NOUNS),
    scene=st.sampled_from(SCENES),
    style=st.sampled_from(real_tables().styles),
    defect=st.sampled_from(DEFECTS),
    chances=CHANCE,
)
def test_a_caption_is_ascii_and_names_what_is_there(
    noun: str, scene: str, style: str, defect: str, chances: list[float]
) -> None:
    text = caption(noun, scene, style, defect, chances)
    assert re.fullmatch(r"[a-z0-9 ,-]+", text)
    assert text == text.strip() and "  " not in text and ", ," not in text
    assert noun in text
    assert any(word in text for word in BLAME.get(defect, ("",)))
    rest = text.replace(noun, "", 1)
    for other, words in BLAME.items():
        if other != defect:
            assert not any(word in rest for word in words)
    if defect != "sharp":
        assert not any(word in rest for word in PRAISE)
    for other, phrases in WHERE.items():
        if other != scene:
            assert not any(phrase and phrase in rest for phrase in phrases)


@settings(max_examples=200, deadline=None)
@given(noun=st.sampled_from(NOUNS), defect=st.sampled_from(DEFECTS), chances=CHANCE)
def test_articles_of_the_medium_fit(noun: str, defect: str, chances: list[float]) -> None:
    text = caption(noun, "day", "noto", defect, chances)
    medium = re.match(
        r"(an?) ((?:blurry |cropped |low quality )?)(photo|picture|drawing|image|representation) of ", text
    )
    if medium:
        first = (medium[2] or medium[3])[0]
        assert medium[1] == ("an" if first in "aeiou" else "a")
    else:
        assert text.startswith(noun)


def test_captions_of_a_batch_are_repeatable_and_varied() -> None:
    pictures = real_tables()

    def said() -> list[str]:
        random = torch.Generator().manual_seed(0)
        rows = pictures.rows("clip", "train")[:600]
        recipe = draw_recipe(pictures, rows, random, side="train", defects=0.3)
        return captions(pictures, recipe, random)

    texts = said()
    assert texts == said()
    assert any(" style" in text for text in texts) and any(" style" not in text for text in texts)
    for phrases in WHERE.values():
        assert all(any(phrase in text for text in texts) for phrase in phrases)
    held = {pictures.styles[index] for index in pictures.held_out.styles_of("clip")}
    assert not any(name in text for name in held for text in texts)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_the_style_is_named_as_often_as_asked(rate: float) -> None:
    pictures, random = real_tables(), torch.Generator().manual_seed(2)
    recipe = draw_recipe(pictures, pictures.rows("clip", "train")[:1000], random, side="train")
    said = [" style" in text for text in captions(pictures, recipe, random, rate)]
    assert sum(said) / len(said) == pytest.approx(rate, abs=0.05)


def test_the_quality_words_of_the_studies_are_in_the_captions() -> None:
    said = {word for words in BLAME.values() for word in words}
    assert set(NEGATIVE.split(", ")) == said
    assert tuple(SUFFIX.split(", ")) == PRAISE


def test_the_tokenizer_reads_every_word_that_captions_use() -> None:
    pictures, random = real_tables(), torch.Generator().manual_seed(1)
    known = set(re.findall(r"[a-z0-9-]+", " ".join(tokenizer_texts(pictures))))
    rows = torch.arange(len(pictures.thing))
    recipe = draw_recipe(pictures, rows, random, side="test", defects=0.5)
    used = set(re.findall(r"[a-z0-9-]+", " ".join(captions(pictures, recipe, random))))
    assert used - known == set()
