"""Every text can be encoded and read back, whatever letters the captions held."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from rediffuse.models.clip.network import token_ids
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.pipeline.errors import InputError

TEXTS = ["a photo of a cat by day", "a dog on a beach", "an elephant", "a blurry picture of a cat at night"]


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return train_tokenizer(TEXTS, vocab_size=700, max_length=16)


def test_each_word_of_the_captions_is_one_token(tokenizer: CLIPTokenizer) -> None:
    for text in TEXTS:
        assert [token.removesuffix("</w>") for token in tokenizer.tokenize(text)] == text.split()


@settings(deadline=None, max_examples=200)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=20))
def test_no_letter_is_unknown(tokenizer: CLIPTokenizer, text: str) -> None:
    assume(not any(token in text for token in tokenizer.all_special_tokens))  # what spells one is one, as published
    (ids,) = tokenizer([text]).input_ids
    assert ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id
    assert tokenizer.unk_token_id not in ids[1:-1]


@pytest.mark.parametrize("text", ["ж", "猫", "zebra café", "q", "no Ω here"])
def test_letters_that_no_caption_holds_come_back(tokenizer: CLIPTokenizer, text: str) -> None:
    (ids,) = tokenizer([text]).input_ids
    assert tokenizer.decode(ids, skip_special_tokens=True).replace(" ", "") == text.lower().replace(" ", "")


def test_rows_are_padded_with_the_last_token_to_the_longest(tokenizer: CLIPTokenizer) -> None:
    rows = token_ids(tokenizer, ["a cat", "a photo of a dog"])
    end = tokenizer.eos_token_id
    assert rows.shape == (2, 7)
    assert (rows == end).int().argmax(1).tolist() == [3, 6]
    assert (rows[0, 3:] == end).all()


def test_a_text_that_is_too_long_is_named_and_never_shortened(tokenizer: CLIPTokenizer) -> None:
    assert token_ids(tokenizer, ["cat " * 14]).shape == (1, 16)
    with pytest.raises(InputError, match=r"found 16, but the text 'dog .* has 17 tokens") as caught:
        token_ids(tokenizer, ["a cat", "dog " * 15])
    assert "\n" not in str(caught.value)


def test_the_vocabulary_is_ordered_as_the_published_one_and_not_larger_than_asked(tokenizer: CLIPTokenizer) -> None:
    small = train_tokenizer(TEXTS, vocab_size=530, max_length=16)
    assert len(small) == 530
    assert (small.bos_token_id, small.eos_token_id, small.pad_token_id) == (528, 529, 529)
    assert len(small.get_vocab()) == len(set(small.get_vocab().values()))
    assert len(tokenizer) < 700, "so few texts do not give so many merges"


def test_same_texts_same_tokenizer_whatever_their_order(tmp_path: Path) -> None:
    """The library numbers letters as a hash table gives them; among a dozen runs some differed."""
    words = [f"{a}{b}{c}" for a in "bdgkmp" for b in "aeiou" for c in "dgkmnt"]

    def saved(index: int) -> dict[str, bytes]:
        random.Random(index).shuffle(words)
        folder = tmp_path / str(index)
        train_tokenizer(words, vocab_size=700, max_length=16).save_pretrained(folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    first = saved(0)
    assert set(first) == {"tokenizer.json", "tokenizer_config.json"}
    assert all(saved(index) == first for index in range(1, 12))
