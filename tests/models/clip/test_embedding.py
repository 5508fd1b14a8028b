"""Embeddings: the same in batches and one by one; no text is shortened unsaid; what is no CLIP is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, BertConfig

from rediffuse.models.clip.embedding import Clip, image_embeds, load_clip, model_input, text_embeds, token_ids
from rediffuse.pipeline.errors import InputError
from tests.support.random_clip import write_tiny_clip

COMMIT = 40 * "a"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def clip(folder: Path) -> Clip:
    return load_clip(str(folder), None, batch_size=4)


def images(count: int, size: int = 64) -> torch.Tensor:
    return torch.randint(256, (count, 3, size, size), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def test_pictures_in_batches_equal_one_by_one(clip: Clip) -> None:
    many = images(11)
    together = image_embeds(clip, many)
    alone = torch.cat([image_embeds(clip, picture[None]) for picture in many])
    assert together.shape == (11, 24) and together.dtype == torch.float32
    assert (together - alone).abs().max() < 1e-5
    assert (together.norm(dim=1) - 1).abs().max() < 1e-5
    assert not torch.allclose(together[0], together[1], atol=1e-3)


def test_pictures_of_any_form_and_size(clip: Clip) -> None:
    many = images(3)
    pillow = [Image.fromarray(picture.permute(1, 2, 0).numpy()) for picture in many]
    assert torch.equal(image_embeds(clip, many), image_embeds(clip, list(many)))
    assert (image_embeds(clip, many) - image_embeds(clip, pillow)).abs().max() < 1e-5
    mixed = [images(1, 40)[0], images(1, 90)[0][:, :50], many[0]]
    together = image_embeds(clip, mixed)
    alone = torch.cat([image_embeds(clip, [picture]) for picture in mixed])
    assert (together - alone).abs().max() < 1e-5


def test_what_the_model_reads_embeds_as_the_picture_does(clip: Clip) -> None:
    many = images(3)
    seen = model_input(clip, many)
    assert seen.shape == (3, 3, 32, 32) and seen.dtype == torch.uint8
    assert (image_embeds(clip, seen) - image_embeds(clip, many)).abs().max() < 1e-5


@given(st.lists(st.text(max_size=20), min_size=1, max_size=7))
def test_texts_in_batches_equal_one_by_one(clip: Clip, texts: list[str]) -> None:
    try:
        token_ids(clip, texts)
    except InputError:
        return  # long or unknown texts have tests of their own
    together = text_embeds(clip, texts)
    alone = torch.cat([text_embeds(clip, [text]) for text in texts])
    assert (together - alone).abs().max() < 1e-5


def test_every_letter_of_a_text_counts(clip: Clip) -> None:
    texts = ["a cat", "a cat by day", "a cat by dax", "a cat, by day", "ein Kätzchen", "猫"]
    found = text_embeds(clip, texts)
    distances = (found[:, None] - found).norm(dim=-1) + torch.eye(len(texts))
    assert distances.min() > 1e-3


def test_a_long_prompt_is_refused_and_not_shortened(clip: Clip, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(token_ids(clip, ["x" * 62])[0]) == clip.max_tokens == 64
    with pytest.raises(InputError, match=r"prompt 'x+': has 65 tokens .* at most 64; it is not shortened"):
        text_embeds(clip, ["fine", "x" * 63])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "letters"), [("quiet", "q"), ("a café", "é"), ("zqé", "qé"), ("day <|endoftext|> night", "<|endoftx>")]
)
def test_unknown_letters_are_refused(text: str, letters: str, tmp_path: Path) -> None:
    # "é" is two bytes; without one of them it is lost, though the other is known.
    clip = load_clip(str(write_tiny_clip(tmp_path, without="qÃ")), None)
    with pytest.raises(InputError) as caught:
        text_embeds(clip, ["fine", text])
    assert f"prompt '{text}': the tokenizer of this CLIP does not know {letters!r}" in str(caught.value)
    assert text_embeds(clip, ["fine"]).shape == (1, 24)


def test_nothing_to_embed(clip: Clip) -> None:
    with pytest.raises(InputError, match="prompts: found none"):
        text_embeds(clip, [])
    with pytest.raises(InputError, match="pictures: found none"):
        image_embeds(clip, [])


@pytest.fixture
def spoiled(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def refused(folder: Path | str, revision: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        load_clip(str(folder), revision)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_clip_is_told_in_one_line(spoiled: Path, tmp_path: Path) -> None:
    assert "no such folder; a hub id needs its commit" in refused(tmp_path / "none")
    weights = spoiled / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[: len(content) // 2])
    assert "no CLIP could be loaded" in refused(spoiled)
    weights.unlink()
    assert "no CLIP could be loaded" in refused(spoiled)
    torch.save({}, spoiled / "pytorch_model.bin")
    assert "no CLIP could be loaded" in refused(spoiled)  # a pickle is not even opened
    BertConfig().save_pretrained(spoiled)
    assert "found a model of type 'bert', expected 'clip'" in refused(spoiled)
    (spoiled / "config.json").write_text("{")
    assert "no CLIP could be loaded" in refused(spoiled)


def test_missing_weights_are_not_made_up(spoiled: Path) -> None:
    weights = load_file(spoiled / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, spoiled / "model.safetensors", {"format": "pt"})
    assert "weights are missing, visual_projection.weight and 0 more" in refused(spoiled)


def test_a_missing_tokenizer_or_processor(spoiled: Path) -> None:
    (spoiled / "preprocessor_config.json").unlink(missing_ok=True)
    (spoiled / "processor_config.json").unlink(missing_ok=True)
    assert "no CLIP could be loaded" in refused(spoiled)


def test_without_a_network_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, **options: Any) -> None:
        assert options == {"revision": COMMIT}
        raise OSError("We couldn't connect\nto load the files. Check your connection.")

    monkeypatch.setattr(AutoConfig, "from_pretrained", refuse)
    told = refused("owner/name", COMMIT)
    assert told == (
        f"owner/name at {COMMIT}: no CLIP could be loaded: We couldn't connect to load the files; "
        "needs the internet, or a folder as model and revision null"
    )


def test_a_folder_is_read_without_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert load_clip(str(folder), None).image_size == 32
    assert json.loads((folder / "config.json").read_text())["model_type"] == "clip"
