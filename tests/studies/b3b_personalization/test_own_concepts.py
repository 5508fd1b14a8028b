"""The user's own concepts: pictures are read or refused, and each teaches a word that draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rediffuse.models.clip.embedding import load_clip
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.b3b_personalization.inversion import embeddings_of, single_token
from rediffuse.studies.b3b_personalization.own_concepts import middle_square, own_metrics, read_concepts, run_own
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.plots import draw_own_words
from tests.support.random_clip import write_tiny_clip
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT


def write(path: Path, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(str(path.name))).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


def section(folder: Path, **own: Any) -> Params:
    found = read_yaml(ROOT / "params.yaml")["personalize"]
    short = {
        "learning_rate": 0.05,
        "steps": 3,
        "batch_size": 2,
        "warmup": 1,
        "log_every": 1,
        "looks": 2,
        "compositions": 1,
    }
    drawing = {"num_inference_steps": 2, "guidance_scale": 2.0}
    mine = {**found["own"], "folder": str(folder), "initial_word": "cat", "pictures": 1, **own}
    return Params.model_validate({**found, "inversion": short, "drawing": drawing, "own": mine})


def test_each_folder_becomes_a_word_that_draws(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in ("1.png", "2.jpg"):
        write(tmp_path / "concepts/teapot" / name)
    write(tmp_path / "concepts/my-cat/a.JPEG", mode="L")
    (tmp_path / "concepts/README.md").write_text("no concept")
    model, clip = load_small(folders["v_prediction"]), load_clip(str(write_tiny_clip(tmp_path / "clip")), None)
    params = section(tmp_path / "concepts", initial_words={"my-cat": "dog"})
    words = run_own(make_accelerator("cpu"), model, clip, params)
    assert list(words) == ["my-cat", "teapot"]
    teapot = words["teapot"]
    assert teapot.token == "<teapot>" and teapot.learned.shape == (2, 3, 32, 32)
    assert teapot.before.shape == teapot.after.shape == (4, 3, 32, 32) and teapot.clip_i.shape == (2, 4)
    table = embeddings_of(model)
    starts = {"teapot": "cat", "my-cat": "dog"}
    for name, word in words.items():
        start = table[single_token(model, starts[name], "initial word")]
        assert 1e-3 < float((word.embedding - start).abs().max()) < 0.5
    again = run_own(make_accelerator("cpu"), model, clip, params)
    assert all(torch.equal(word.after, again[name].after) for name, word in words.items())
    told = own_metrics(words)["teapot"]
    assert told["change"]["mean"] == pytest.approx(told["after"]["mean"] - told["before"]["mean"], abs=1e-6)
    draw_own_words(tmp_path, words)
    with Image.open(tmp_path / "own.png") as sheet:
        assert sheet.width > 4 * 32 and sheet.height > 6 * 32


def test_no_concept_learns_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    clip = load_clip(str(write_tiny_clip(tmp_path / "clip")), None)
    accelerator = make_accelerator("cpu")
    assert run_own(accelerator, load_small(folders["v_prediction"]), clip, section(tmp_path / "concepts")) == {}
    draw_own_words(tmp_path, {})
    assert not (tmp_path / "own.png").exists()


def test_the_middle_square_is_taken_and_its_mean_kept() -> None:
    picture = torch.zeros(3, 20, 60, dtype=torch.uint8)
    picture[:, :, 20:40] = 200
    assert torch.equal(middle_square(picture, 10), torch.full((3, 10, 10), 200, dtype=torch.uint8))
    assert torch.equal(middle_square(picture.transpose(1, 2), 40), torch.full((3, 40, 40), 200, dtype=torch.uint8))


def many(folder: Path) -> None:
    for place in range(21):
        write(folder / f"teapot/{place}.png", (8, 8))


BAD: list[tuple[Callable[[Path], Any], str]] = [
    (lambda folder: folder.rmdir(), r"personalize\.own\.folder: .*: no such folder"),
    (lambda folder: (folder / "teapot").mkdir(), r"teapot: found 0 PNG or JPEG, expected 1 to 20"),
    (many, r"teapot: found 21 PNG or JPEG, expected 1 to 20"),
    (lambda folder: write(folder / "My cat/1.png"), r"My cat: allowed in the name of a concept"),
    (
        lambda folder: [write(folder / "teapot/1.png"), (folder / "teapot/2.png").write_bytes(b"no picture")],
        r"2\.png: not readable as a picture",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), BAD)
def test_bad_folders(spoil: Callable[[Path], Any], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "concepts"
    folder.mkdir()
    spoil(folder)
    with pytest.raises(InputError, match=message):
        read_concepts(folder, 16)


@pytest.mark.parametrize(
    ("name", "own", "message"),
    [
        ("new1", {}, "the word <new1> is the study's own"),
        ("teapot", {"initial_words": {"teapot": "cat dog"}}, r"initial word of teapot: found 'cat dog'"),
    ],
)
def test_words_that_cannot_be(
    name: str, own: dict[str, Any], message: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    write(tmp_path / "concepts" / name / "1.png")
    model, clip = load_small(folders["v_prediction"]), load_clip(str(write_tiny_clip(tmp_path / "clip")), None)
    with pytest.raises(InputError, match=message):
        run_own(make_accelerator("cpu"), model, clip, section(tmp_path / "concepts", **own))
