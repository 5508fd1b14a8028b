"""CLIP's batches: nothing that is held out, each a pure function of its step, texts beside their pictures."""

from __future__ import annotations

import pytest
import torch
from transformers import CLIPTokenizer

from rediffuse.data.pictures.composing import Recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip import training
from rediffuse.pipeline.errors import InputError
from tests.support.small_clip import NOTHING, BatchesOf
from tests.support.small_pictures import HELD_OUT_THING, Noted


def test_no_batch_holds_what_is_held_out(
    pictures: PictureSet, batches_of: BatchesOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted(monkeypatch, training)
    rarely = {"classes": 2.0, "animals": 1.0}  # so that all the others come up, too
    batches = batches_of(defects=0.5, captions=6, sampling_weights=rarely)
    for step in range(150):
        batches.at(step)
    styles, things, pairs = noted.seen(pictures)
    assert styles == set(range(5)) - pictures.held_out.styles_of("clip")
    assert things == set(range(len(pictures.things))) - {HELD_OUT_THING}
    assert not pairs & pictures.held_out.pairs and len(pairs) == 11 * 4
    assert all(len(pictures.thing[recipe.drawing[:6]].unique()) == 6 for recipe in noted.recipes), (
        "captioned things are distinct"
    )


def test_a_batch_is_a_pure_function_of_its_step(tokenizer: CLIPTokenizer, batches_of: BatchesOf) -> None:
    batches = batches_of(captions=6)
    batch = batches.at(5)
    batches.at(9)
    again = batches_of(captions=6).at(5)
    assert torch.equal(batch.pixels, again.pixels) and torch.equal(batch.things, again.things)
    assert all(torch.equal(one, other) for one, other in zip(batch.parts, again.parts, strict=True))
    assert not torch.equal(batch.pixels, batches.at(6).pixels)
    assert float(batch.pixels.min()) >= -1 and float(batch.pixels.max()) <= 1
    end = tokenizer.eos_token_id
    assert sum(len(part) for part in batch.parts) == 6 and len(batch.pixels) == 8
    assert all((part == end).any(1).all() and not (part[:, :-1] == end).all(0).any() for part in batch.parts)


def test_texts_stay_with_their_pictures(
    tokenizer: CLIPTokenizer, batches_of: BatchesOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are sorted with their texts: each is marked with its number, and so is its caption."""

    def numbered(pictures: PictureSet, recipe: Recipe, resolution: int, side: str) -> torch.Tensor:
        return torch.arange(len(recipe)).to(torch.uint8)[:, None, None, None].expand(-1, 3, 16, 16)

    def counted(pictures: PictureSet, recipe: Recipe, random: torch.Generator) -> list[str]:
        return ["cat " * (1 + 5 * index % 8) + str(index) for index in range(len(recipe))]

    monkeypatch.setattr(training, "compose", numbered)
    monkeypatch.setattr(training, "captions", counted)
    batch = batches_of(captions=6, augmentation=NOTHING).at(0)
    marks = ((batch.pixels[:, 0, 0, 0] * 0.5 + 0.5) * 255).round().long().tolist()
    said = [tokenizer.decode(row, skip_special_tokens=True).split()[-1] for part in batch.parts for row in part]
    assert sorted(marks) == list(range(8)) and marks[6:] == [6, 7], "all are there, the last two without a caption"
    assert marks[:6] != sorted(marks[:6]) and [str(mark) for mark in marks[:6]] == said


def test_things_are_those_of_the_pictures(
    pictures: PictureSet, batches_of: BatchesOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def marked(pictures: PictureSet, recipe: Recipe, resolution: int, side: str) -> torch.Tensor:
        return pictures.thing[recipe.drawing].to(torch.uint8)[:, None, None, None].expand(-1, 3, 16, 16)

    monkeypatch.setattr(training, "compose", marked)
    batch = batches_of(captions=4, augmentation=NOTHING).at(3)
    assert ((batch.pixels[:, 0, 0, 0] * 0.5 + 0.5) * 255).round().long().tolist() == batch.things.tolist()


def test_more_captions_than_there_are_things(batches_of: BatchesOf) -> None:
    with pytest.raises(InputError, match=r"train_clip\.captions: found 12, allowed at most 11"):
        batches_of(batch_size=12, captions=12)


def test_captioned_things_are_distinct_and_what_is_emphasised_recurs_among_the_named(
    pictures: PictureSet, batches_of: BatchesOf
) -> None:
    batches = batches_of(batch_size=60, captions=10, sampling_weights={"classes": 12.0, "animals": 2.0})
    named: list[torch.Tensor] = []
    for step in range(20):
        things = batches.at(step).things
        assert len(things[:10].unique()) == 10
        named.append(things[10:])
    drawn = torch.bincount(torch.cat(named), minlength=len(pictures.things)).double()
    rows = pictures.rows("clip", "train")
    wanted = torch.bincount(pictures.thing[rows], minlength=len(pictures.things)).double()
    wanted[[pictures.things.index(name) for name in pictures.classes]] *= 12
    wanted[[pictures.things.index(name) for name in pictures.animals]] *= 2
    torch.testing.assert_close(drawn / drawn.sum(), wanted / wanted.sum(), rtol=0.35, atol=0.01)
