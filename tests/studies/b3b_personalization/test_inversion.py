"""Textual inversion: only the new row differs, diffusers reads the file, branches add up as the formula says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rediffuse.diffusion.schedules import NoiseSchedule, schedule_on
from rediffuse.models.text2image import model as module
from rediffuse.models.text2image.model import TextToImage, load_text2image
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3b_personalization.composed_sampling import composed, draw_composed
from rediffuse.studies.b3b_personalization.inversion import (
    FILE,
    InversionData,
    Word,
    embeddings_of,
    learn_word,
    save_word,
    single_token,
    states_with,
    with_words,
    word_batch,
    word_loss,
)
from rediffuse.studies.b3b_personalization.params import InversionSection
from tests.support.small_text2image import load_small

WORD = "<new1>"
SECTION = InversionSection(
    learning_rate=0.05,
    steps=4,
    batch_size=2,
    warmup=1,
    drawing_weight=3.0,
    timestep_power=1.0,
    log_every=1,
    num_evaluations=3,
    compositions=1,
)


def inversion_data(model: TextToImage) -> InversionData:
    latents = torch.randn(3, *model.shape, generator=torch.Generator().manual_seed(0))
    return InversionData(
        latents, torch.ones_like(latents[:, :1]), lambda chosen, _: [f"a picture of a {WORD}" for _ in chosen.tolist()]
    )


@pytest.fixture
def small(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> TextToImage:
    """A tiny model that multiplies in float32."""
    monkeypatch.setattr(module, "fast_dtype", lambda _: torch.float32)
    return load_small(folders["v_prediction"])


def learned(model: TextToImage) -> dict[int, Tensor]:
    found = learn_word(
        make_accelerator("cpu"), model, WORD, single_token(model, "cat", "word"), inversion_data(model), SECTION, 1
    )
    assert len(found.losses) == SECTION.steps and all(loss > 0 for loss in found.losses)
    assert found.first is found.embeddings[0] and found.last is found.embeddings[SECTION.steps]
    return found.embeddings


def test_only_the_new_row_differs(small: TextToImage) -> None:
    before = {name: value.clone() for name, value in small.pipeline.unet.state_dict().items()}
    table = embeddings_of(small).clone()
    evaluated = learned(small)
    assert list(evaluated) == [0, 2, 4]
    assert torch.equal(evaluated[0], table[single_token(small, "cat", "word")])
    assert (evaluated[4] - evaluated[0]).abs().max() > 1e-3
    taught = with_words(small, {WORD: evaluated[4]})
    assert torch.equal(embeddings_of(taught)[: len(table)], table)
    assert torch.equal(embeddings_of(taught)[taught.pipeline.tokenizer.convert_tokens_to_ids(WORD)], evaluated[4])
    assert torch.equal(embeddings_of(small), table)
    assert all(torch.equal(value, before[name]) for name, value in small.pipeline.unet.state_dict().items())
    others = zip(small.pipeline.text_encoder.named_parameters(), taught.pipeline.text_encoder.parameters(), strict=True)
    assert all(torch.equal(a, b) for (name, a), b in others if "token_embedding" not in name)


def test_the_same_word_is_learned_twice(small: TextToImage) -> None:
    first, second = learned(small), learned(small)
    assert all(torch.equal(first[step], second[step]) for step in first)


def test_the_noise_schedule_is_built_and_copied_once(small: TextToImage, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[NoiseSchedule] = []
    of = NoiseSchedule.of

    def noted(scheduler: Any) -> NoiseSchedule:
        built.append(of(scheduler))
        return built[-1]

    monkeypatch.setattr(NoiseSchedule, "of", noted)
    before = schedule_on.cache_info()
    learned(small)
    after = schedule_on.cache_info()
    assert len(built) == 1
    assert (after.misses - before.misses, after.hits - before.hits) == (1, SECTION.steps - 1)


def test_the_gradient_is_that_of_finite_differences(small: TextToImage) -> None:
    taught = with_words(small, {WORD: embeddings_of(small)[5]})
    word = Word(embeddings_of(small)[5])

    def loss() -> Tensor:
        return word_loss(word, taught, WORD, word_batch(taught, WORD, inversion_data(small), SECTION, seed=1, step=0))

    (gradient,) = torch.autograd.grad(loss(), word.embedding)
    direction, step = gradient / gradient.norm(), 1e-2
    ends = []
    with torch.no_grad():
        for sign in (1, -2):
            word.embedding += sign * step * direction
            ends.append(loss())
    slope = (ends[0] - ends[1]) / (2 * step)
    assert slope.abs() > 1e-5
    torch.testing.assert_close((gradient * direction).sum(), slope, rtol=0.03, atol=0)


def test_the_loss_weighs_each_place(small: TextToImage) -> None:
    taught, word = with_words(small, {WORD: embeddings_of(small)[5]}), Word(embeddings_of(small)[5])
    batch = word_batch(taught, WORD, inversion_data(small), SECTION, seed=1, step=0)
    left = torch.zeros_like(batch.weights)
    left[..., : left.shape[-1] // 2] = 1
    parts = [batch._replace(weights=weights) for weights in (left, 1 - left)]
    with torch.no_grad():
        whole, *halves = (word_loss(word, taught, WORD, part) for part in (batch, *parts))
        threefold = word_loss(word, taught, WORD, batch._replace(weights=1 + 2 * left))
    assert halves[0] > 0 and halves[1] > 0
    torch.testing.assert_close(sum(halves), whole)
    torch.testing.assert_close(threefold, 3 * halves[0] + halves[1])


def test_diffusers_reads_both_files(small: TextToImage, folders: dict[str, Path], tmp_path: Path) -> None:
    words = {"<new1>": embeddings_of(small)[7] + 0.1, "<new2>": embeddings_of(small)[9] - 0.1}
    for name, (word, embedding) in zip(("thing", "style"), words.items(), strict=True):
        save_word(tmp_path / name, word, embedding)
        assert [path.name for path in (tmp_path / name).iterdir()] == [FILE]
    theirs = load_text2image(str(folders["v_prediction"]), None, batch_size=small.batch_size)
    theirs.pipeline.load_textual_inversion([str(tmp_path / "thing"), str(tmp_path / "style")])
    ours = with_words(small, words)
    texts = ["a picture of a <new1> in the style of <new2>", "a picture of a cat"]
    assert torch.equal(theirs.text_states(texts), ours.text_states(texts))
    assert not torch.equal(ours.text_states(texts)[0], ours.text_states(["a picture of a cat in the style of noto"])[0])


def test_the_states_are_those_of_the_copy(small: TextToImage) -> None:
    row = embeddings_of(small)[11] * 2
    taught = with_words(small, {WORD: row})
    texts = [f"a {WORD} by day", "a dog at night"]
    with torch.no_grad():
        found = states_with(row, with_words(small, {WORD: row * 0}), WORD, texts)
    torch.testing.assert_close(found, taught.text_states(texts))


def test_words_that_cannot_be(small: TextToImage) -> None:
    with pytest.raises(InputError, match=r"thing\.initial_word: found 'cat dog', which is 2 tokens"):
        single_token(small, "cat dog", "thing.initial_word")
    with pytest.raises(InputError, match="word 'cat': the tokenizer knows it already"):
        with_words(small, {"cat": embeddings_of(small)[0]})


def test_equal_scales_are_one_prompt(small: TextToImage) -> None:
    nothing, thing, both = torch.randn(3, 2, 4, 2, 2, generator=torch.Generator().manual_seed(3))
    stacked = torch.cat([nothing, thing, both])
    torch.testing.assert_close(composed(stacked, 5.0, 5.0), nothing + 5 * (both - nothing))
    torch.testing.assert_close(composed(stacked, 2.0, 3.0), nothing + 2 * (thing - nothing) + 3 * (both - thing))


def test_composed_drawing_is_the_pipelines_and_the_same_alone(small: TextToImage) -> None:
    states = small.text_states(["", "a cat", "a cat at night"])
    branches = tuple(state.expand(3, -1, -1) for state in states)
    x_T = small.noise(4, "composed", range(3))
    drawn = draw_composed(small, (branches[0], branches[1], branches[2]), x_T, (3.0, 3.0), 5)
    piped = small.draw(branches[2], branches[0], x_T, DrawingSection(num_inference_steps=5, guidance_scale=3.0))
    assert (drawn.int() - piped.int()).abs().max() <= 1
    one = torch.tensor([1])
    alone = draw_composed(small, (branches[0][one], branches[1][one], branches[2][one]), x_T[one], (3.0, 3.0), 5)
    assert torch.equal(alone[0], drawn[1])
