"""The user's own drawings: which are read, which prompt each has, and what is said of those that are not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from rediffuse.models.controlnet.sketches import read_sketch
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a8_sketch_to_image.own_sketches import read_own
from rediffuse.studies.a8_sketch_to_image.params import OwnSection


def draw(path: Path, left: int = 20) -> None:
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).rectangle((left, 20, 80, 80), outline=0, width=3)
    image.save(path)


def section(folder: Path | str, **prompts: str) -> OwnSection:
    return OwnSection(folder=str(folder), prompts=prompts, prompt="a house", pictures=1)


def test_each_drawing_has_its_prompt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw(tmp_path / "house.png")
    draw(tmp_path / "my-cat.JPG", 40)
    (tmp_path / "._house.png").write_bytes(b"Mac OS X")
    (tmp_path / "README.md").write_text("no drawing")
    found = read_own(section(tmp_path, **{"my-cat": "a cat"}), 32)
    assert {name: sketch.prompt for name, sketch in found.items()} == {"house": "a house", "my-cat": "a cat"}
    assert torch.equal(found["house"].lines, read_sketch(tmp_path / "house.png", 32))
    assert not torch.equal(found["house"].lines, found["my-cat"].lines) and capsys.readouterr().err == ""


def test_an_empty_folder_has_no_drawing_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert read_own(section(tmp_path / "empty"), 32) == {}
    with pytest.raises(InputError, match=r"sketch_to_image\.own\.folder: .*none: no such folder"):
        read_own(section(tmp_path / "none"), 32)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("house.png", "house.jpg"):
        draw(tmp_path / name)
    with pytest.raises(InputError, match=r"house\.jpg and house\.png have one name; rename one of them"):
        read_own(section(tmp_path), 32)


def test_a_prompt_of_no_drawing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw(tmp_path / "house.png")
    assert list(read_own(section(tmp_path, hoose="a hut"), 32)) == ["house"]
    told = capsys.readouterr().err
    assert told == f"sketch_to_image.own.prompts: no drawing hoose in {tmp_path}, which has house\n"


def test_an_accent_is_one_letter_whichever_system_wrote_the_name(tmp_path: Path) -> None:
    draw(tmp_path / f"{unicodedata.normalize('NFD', 'café')}.png")
    found = read_own(section(tmp_path, café="a café"), 32)
    assert {name: sketch.prompt for name, sketch in found.items()} == {"café": "a café"}


def test_the_home_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "house.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list(read_own(section("~"), 32)) == ["house"]
