"""The user's own concepts: pictures are read or refused, and each teaches a word that draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rediffuse.models.clip.embedding import Clip, load_clip
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml, validate
from rediffuse.studies.b3b_personalization.inversion import embeddings_of, single_token
from rediffuse.studies.b3b_personalization.own_concepts import (
    OwnWord,
    learn_own,
    middle_square,
    own_metrics,
    prepare_own,
    read_concepts,
)
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.plots import draw_own_words
from stages import personalize
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
        "drawing_weight": 1.0,
        "timestep_power": 0.0,
        "log_every": 1,
        "num_evaluations": 2,
        "compositions": 1,
    }
    drawing = {"num_inference_steps": 2, "guidance_scale": 2.0}
    mine = {**found["own"], "folder": str(folder), "initial_word": "cat", "pictures": 1, **own}
    return Params.model_validate({**found, "inversion": short, "drawing": drawing, "own": mine})


def learned(model: TextToImage, clip: Clip, params: Params) -> dict[str, OwnWord]:
    accelerator = make_accelerator("cpu")
    concepts = prepare_own(model, params)
    return {name: learn_own(accelerator, model, clip, concept, params) for name, concept in concepts.items()}


def test_each_folder_becomes_a_word_that_draws(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in ("1.png", "2.jpg"):
        write(tmp_path / "concepts/teapot" / name)
    write(tmp_path / "concepts/my-cat/a.JPEG", mode="L")
    (tmp_path / "concepts/README.md").write_text("no concept")
    model, clip = load_small(folders["v_prediction"]), load_clip(str(write_tiny_clip(tmp_path / "clip")), None)
    params = section(tmp_path / "concepts", initial_words={"my-cat": "dog"})
    words = learned(model, clip, params)
    assert list(words) == ["my-cat", "teapot"]
    teapot = words["teapot"]
    assert teapot.token == "<teapot>" and teapot.learned.shape == (2, 3, 32, 32)
    assert teapot.before.shape == teapot.after.shape == (4, 3, 32, 32) and teapot.clip_i.shape == (2, 4)
    table = embeddings_of(model)
    starts = {"teapot": "cat", "my-cat": "dog"}
    for name, word in words.items():
        start = table[single_token(model, starts[name], "initial word")]
        assert 1e-3 < float((word.embedding - start).abs().max()) < 0.5
    again = learned(model, clip, params)
    assert all(torch.equal(word.after, again[name].after) for name, word in words.items())
    told = own_metrics(words)["teapot"]
    assert told["change"]["mean"] == pytest.approx(told["after"]["mean"] - told["before"]["mean"], abs=1e-6)
    draw_own_words(tmp_path, words)
    with Image.open(tmp_path / "own.png") as sheet:
        assert sheet.width > 4 * 32 and sheet.height > 6 * 32


def test_no_concept_learns_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/README.md").write_text("no concept")
    assert prepare_own(load_small(folders["v_prediction"]), section(tmp_path / "concepts")) == {}
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
    (lambda folder: (folder / "teapot").mkdir(), r"teapot: found 0 pictures .*, expected 1 to 20"),
    (many, r"teapot: found 21 pictures .*, expected 1 to 20"),
    (lambda folder: write(folder / "1.png"), r"concepts/1\.png: expected in a folder named after what it shows"),
    (
        lambda folder: [write(folder / "teapot/1.png"), (folder / "teapot/3.HEIC").write_bytes(b"")],
        r"teapot/3\.HEIC: HEIC cannot be read here",
    ),
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


def test_pictures_of_phones_scanners_and_cut_outs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Red above and green below, turned by EXIF; 16-bit grey; black on a transparent ground that hides magenta."""
    place = tmp_path / "teapot"
    place.mkdir()
    upright = np.zeros((16, 16, 3), np.uint8)
    upright[:8], upright[8:] = (200, 40, 40), (40, 150, 60)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright)).save(place / "1.png", exif=exif)
    Image.fromarray(np.full((16, 16), 90 * 257, np.uint16)).save(place / "2.png")
    cut = Image.new("RGBA", (16, 16), (255, 0, 255, 0))
    cut.paste((0, 0, 0, 255), (0, 0, 16, 4))
    cut.save(place / "3.webp", lossless=True)
    (place / "._1.png").write_bytes(b"a resource fork")
    (tmp_path / "__MACOSX").mkdir()
    found = read_concepts(tmp_path, 16)
    assert list(found) == ["teapot"] and capsys.readouterr().err == ""
    phone, deep, black = found["teapot"].permute(0, 2, 3, 1).numpy()
    np.testing.assert_array_equal(phone, upright)
    assert (deep == 90).all() and (black[:4] == 0).all() and (black[4:] == 255).all()
    assert (read_concepts(tmp_path, 16, "grey")["teapot"][2, :, 4:] == 128).all()


def test_what_no_concept_has_is_named(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "concepts/teapot/1.png")
    (tmp_path / "concepts/notes.txt").write_text("no concept")
    model = load_small(folders["v_prediction"])
    prepare_own(model, section(tmp_path / "concepts", initial_words={"tepot": "dog", "teapot": "dog"}))
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2 and "not read: 'notes.txt'" in told[0]
    assert told[1].startswith("personalize.own.initial_words: no concept tepot in") and told[1].endswith("has teapot")


@pytest.mark.parametrize("key", ["captions", "prompts"])
@pytest.mark.parametrize(
    "text",
    ["a {word.upper}", "a {word!r}", "a {word:>9}", "a {word[0]}", "a {word} {thing}", "a {}", "a {0}", "a {", "a"],
)
def test_a_caption_has_the_word_and_nothing_else(key: str, text: str, tmp_path: Path) -> None:
    found = read_yaml(ROOT / "params.yaml")["personalize"]
    with pytest.raises(InputError, match=rf"personalize\.own\.{key}\.0: .*must have {{word}} and no other place"):
        validate(Params, {**found, "own": {**found["own"], key: [text]}}, "personalize")


@pytest.mark.parametrize(
    ("name", "own", "message"),
    [
        ("new1", {}, "the word <new1> is the study's own"),
        ("teapot", {"initial_words": {"teapot": "cat dog"}}, r"initial word of teapot: found 'cat dog'"),
        ("teapot", {"captions": ["a cat" + " cat" * 90 + " {word}"]}, r"allowed are at most"),
        ("teapot", {"prompts": ["a {word}" + " cat" * 90, "a {word}"]}, r"allowed are at most"),
    ],
)
def test_words_that_cannot_be(
    name: str, own: dict[str, Any], message: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    write(tmp_path / "concepts" / name / "1.png")
    model = load_small(folders["v_prediction"])
    with pytest.raises(InputError, match=message):
        prepare_own(model, section(tmp_path / "concepts", **own))


def test_own_concepts_are_checked_before_the_two_words_are_learned(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unexpected(*_: object) -> None:
        raise AssertionError("the words were learned before the concepts were read")

    write(tmp_path / "concepts/teapot/1.png")
    (tmp_path / "concepts/teapot/2.png").write_bytes(b"no picture")
    monkeypatch.setattr(personalize, "load_text2image", lambda *_: load_small(folders["v_prediction"]))
    for name in ("load_clip", "load_judge", "load_pictures"):
        monkeypatch.setattr(personalize, name, lambda *_: None)
    monkeypatch.setattr(personalize, "run_personal", unexpected)
    with pytest.raises(InputError, match=r"2\.png: not readable as a picture"):
        personalize.main(section(tmp_path / "concepts"))
