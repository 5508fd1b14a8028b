"""A broken folder of a CLIP, a text-to-image model or a ControlNet is refused in one line, or works."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rediffuse.diffusion.shared_params import SamplerSection
from rediffuse.models.clip.embedding import image_embeds, text_embeds
from rediffuse.models.controlnet.model import load_controlled
from rediffuse.models.digit_classifier.model import read as read_digits
from rediffuse.models.digit_ddpm.model import each_digit
from rediffuse.models.picture_judge.model import read as read_pictures
from rediffuse.models.text2image.model import load_text2image
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.errors import InputError
from tests.support.faces import small_model
from tests.support.model_folders import GONE, LOAD, SPOIL, changed, leaves, load, models, spoil, weights_of
from tests.support.text2image import folders

__all__ = ["folders", "load", "models", "small_model", "spoil"]

KINDS = ("clip", "text2image", "controlnet")
SECONDS = 10
TWO_STEPS = DrawingSection(num_inference_steps=2, guidance_scale=3.0)
SAMPLER = SamplerSection(
    name="ddim", num_inference_steps=2, spacing="trailing", eta=0, clip_x0=False, guidance_interval=(0, 1)
)
PICTURES = torch.randint(0, 256, (2, 3, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))

NUMBERS = [None, -1, 0, 3, 0.5, 1_000_000, 10**99, float("nan"), float("inf"), True]
OTHERS = ["many", [], {}, [None], [-3, -3], [[8]], [1_000_000] * 4, GONE]
TEXTS = [
    b"",
    b"null",
    b"[]",
    b"3",
    b"{",
    b"{}",
    b"\0" * 50,
    b'{"a": "\xff"}',
    b'{"a":' * 1000 + b"1" + b"}" * 1000,
    b"[" * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
]
TENSORS: list[Callable[[Tensor], Tensor]] = [
    lambda tensor: tensor.float() * torch.nan,
    lambda tensor: torch.full_like(tensor.float(), 1e38),
    lambda tensor: torch.full_like(tensor.float(), 3e38),
    lambda tensor: tensor.to(torch.complex64),
    lambda tensor: tensor.bool(),
    lambda tensor: tensor.flatten()[:0].clone(),
    lambda tensor: tensor[None].repeat(2, *[1] * tensor.dim()),
]


@pytest.fixture
def use(folders: dict[str, Path], load: LOAD) -> LOAD:
    """Load a model, and let it compute what the studies want of it."""

    def controlled(folder: Path) -> Tensor:
        model = load_text2image(str(folders["epsilon"]), None)
        states = model.text_states(["a cat", ""])
        sketch, x_T = torch.ones(1, 3, 32, 32), model.noise(0, "test", range(1))
        return load_controlled(str(folder), None, model).draw(states[:1], states[1:], x_T, sketch, 1.0, TWO_STEPS)

    def drawn(folder: Path) -> Tensor:
        model = load("text2image", folder)
        states = model.text_states(["a cat", ""])
        return model.draw(states[:1], states[1:], model.noise(0, "test", range(1)), TWO_STEPS)

    def embedded(folder: Path) -> Tensor:
        clip = load("clip", folder)
        return torch.cat([image_embeds(clip, PICTURES), text_embeds(clip, ["a cat", "a dog by day"])])

    uses = {"clip": embedded, "text2image": drawn, "controlnet": controlled}
    return lambda kind, folder: uses[kind](folder)


def change_json(path: Path, dice: random.Random) -> None:
    content = json.loads(path.read_bytes())
    keys = sorted(leaves(content), key=str)
    path.write_text(json.dumps(changed(content, dice.choice(keys), dice.choice([*NUMBERS, *OTHERS]))))


def change_text(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(dice.choice([*TEXTS, content[: len(content) // 2], b"\xef\xbb\xbf" + content]))


def change_place(path: Path, dice: random.Random) -> None:
    path.unlink()
    dice.choice([lambda: None, path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to("nowhere")])()


def change_weights(path: Path, dice: random.Random) -> None:
    weights = load_file(path)
    name = dice.choice(sorted(weights))
    change = dice.choice([*TENSORS, None])
    if change is None:
        del weights[name]
    else:
        weights[name] = change(weights[name]).contiguous()
    save_file(weights, path, {"format": "pt"})


def cut_weights(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(dice.choice([content[: dice.randrange(len(content))], b"\xff" * 8 + content[8:]]))


@pytest.mark.parametrize("seed", range(14))
@pytest.mark.parametrize("kind", KINDS)
def test_one_broken_file(kind: str, seed: int, use: LOAD, spoil: SPOIL) -> None:
    folder, dice = spoil(kind), random.Random(f"{kind} {seed}")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    weights = [path for path in paths if path.suffix == ".safetensors"]
    objects = [path for path in paths if path.suffix == ".json"]
    texts = [path for path in paths if path not in weights]
    ways = [(change_json, objects), (change_text, texts), (change_place, paths)]
    change, files = dice.choice([*ways, *ways, (change_weights, weights), (cut_weights, weights)])
    change(dice.choice(files), dice)
    right_or_one_line(use, kind, folder)


def right_or_one_line(use: LOAD, kind: str, folder: Path) -> str | None:
    """The line with which a model was refused, or None where what it computes is finite."""
    begun = time.process_time()
    try:
        assert bool(torch.isfinite(use(kind, folder).float()).all())
        line = None
    except InputError as error:
        line = str(error)
        assert line.startswith(str(folder)) and len(line.splitlines()) == 1 and len(line) < 600
    assert time.process_time() - begun < SECONDS
    return line


@pytest.mark.parametrize(
    ("kind", "file", "key", "value", "message"),
    [
        ("clip", "tokenizer_config.json", "pad_token", None, "tokenizer has no pad_token"),
        ("clip", "preprocessor_config.json", "crop_size", {"height": 32, "width": 10**6}, "crop_size.width: found"),
        ("clip", "preprocessor_config.json", "size", {"shortest_edge": 10**5}, "size.shortest_edge: found 100000"),
        ("clip", "preprocessor_config.json", "size", 10**5, "size: found 100000, allowed are 0 to 1,024"),
        ("text2image", "tokenizer/tokenizer_config.json", "model_max_length", 10**6, "expected 3 to 48"),
        ("text2image", "tokenizer/tokenizer_config.json", "model_max_length", {}, "model_max_length: found {}"),
        ("text2image", "tokenizer/tokenizer_config.json", "model_max_length", GONE, "expected 3 to 48"),
        ("text2image", "vae/config.json", "scaling_factor", None, "scaling_factor: found None"),
        ("text2image", "vae/config.json", "scaling_factor", [None], "scaling_factor: found"),
        ("text2image", "vae/config.json", "scaling_factor", 0, "scaling_factor: found 0, expected a number above 0"),
        ("text2image", "vae/config.json", "scaling_factor", 10**99, "could be loaded"),
        ("text2image", "unet/config.json", "sample_size", 100_000, "sample_size: found 100000"),
        ("controlnet", "config.json", "conditioning_channels", 1, "could be loaded"),
    ],
)
def test_keys_that_only_their_use_shows(
    kind: str, file: str, key: str, value: Any, message: str, use: LOAD, spoil: SPOIL
) -> None:
    folder = spoil(kind)
    content = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps(changed({key: None, **content}, (key,), value)))
    assert message in (right_or_one_line(use, kind, folder) or "")


@pytest.mark.parametrize(("kind", "part"), [("clip", ""), ("text2image", "tokenizer")])
def test_a_tokenizer_of_other_words(kind: str, part: str, use: LOAD, spoil: SPOIL) -> None:
    path = spoil(kind) / part / "tokenizer.json"
    folder, content = path.parents[1] if part else path.parent, json.loads(path.read_text())
    content["model"]["vocab"] = {word: index + 5000 for word, index in content["model"]["vocab"].items()}
    path.write_text(json.dumps(content))
    assert "tokenizer has" in (right_or_one_line(use, kind, folder) or "")
    path.unlink()
    assert "tokenizer has 2 words" in (right_or_one_line(use, kind, folder) or "")


def test_a_temperature_beyond_float32(use: LOAD, spoil: SPOIL) -> None:
    folder = spoil("clip")
    weights = load_file(weights_of(folder, ""))
    save_file({**weights, "logit_scale": torch.tensor(1e38)}, weights_of(folder, ""), {"format": "pt"})
    assert "the exponential of logit_scale is NaN or infinite" in (right_or_one_line(use, "clip", folder) or "")


@pytest.mark.parametrize("value", [1e38, 3e38])
def test_what_huge_weights_compute_is_no_metric_and_no_picture(
    value: float, load: LOAD, models: dict[str, Path]
) -> None:
    """Weights that grow after the first input was checked."""
    judge, selector, picture_judge = (load(kind, models[kind]) for kind in ("judge", "selector", "picture_judge"))
    digits = load("digits", models["digits"])
    clip, model = load("clip", models["clip"]), load("text2image", models["text2image"])
    computed: list[tuple[str, Any, Callable[[], Any]]] = [
        ("judge", judge.stem[1], lambda: read_digits(judge, PICTURES)),
        ("selector", selector.stem[1], lambda: read_digits(selector, PICTURES)),
        ("picture_judge", picture_judge.stem[1], lambda: read_pictures(picture_judge, PICTURES)),
        ("digits", digits.unet.conv_in, lambda: digits.draw(*each_digit(1, 2), SAMPLER, 2.0, 0, "test")),
        ("clip", clip.model.visual_projection, lambda: image_embeds(clip, PICTURES)),
        ("clip", clip.model.text_projection, lambda: text_embeds(clip, ["a cat"])),
        ("text2image", model.pipeline.vae.decoder.conv_in, lambda: model.decode(model.noise(0, "test", range(1)))),
    ]
    for kind, layer, compute in computed:
        compute()
        with torch.no_grad():
            layer.weight.copy_(value * layer.weight.sign())
        with pytest.raises(InputError, match=rf"^{models[kind]}.*: what its \w+ computed is NaN or infinite"):
            compute()
