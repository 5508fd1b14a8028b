"""Whatever users write is drawn as written, in every kind of figure."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.text import Text
from PIL import Image

from rediffuse.pipeline.text import as_shown
from rediffuse.plotting import cases, figures, house_style

TEXTS = [
    "$5 bill and $x_{",
    "$x_{",
    "$$",
    "\\frac{",
    "$\\alpha$",
    "\\$5",
    "a\\",
    "_hidden",
    "%s {0} {}",
    "^_~#&",
    os.fsdecode(b"caf\xe9"),
    "\ud800",
    "a\x00b",
    "a\tb",
    "<b>&amp;",
    " ",
]
CELL = np.zeros((8, 8, 3), np.uint8)
Draw = Callable[[Path, str], None]


def draw_grid(path: Path, text: str) -> None:
    figures.grid(path, [[CELL]], [text], [text], row_title=text, column_title=text, cell_labels=[[text]])


def draw_strip(path: Path, text: str) -> None:
    figures.write_strip(path, CELL.transpose(2, 0, 1)[None], [text])


def draw_bars(path: Path, text: str) -> None:
    heights = {text: [0.5], "other": [0.4]}
    figures.bars(path, [text], heights, heights, heights, x_label="x")


def draw_curves(path: Path, text: str) -> None:
    frame = pd.DataFrame({"x": [0, 1, 0, 1], "y": [0, 1, 2, 3], "group": [text, text, "other", "other"]})
    figures.curves(path, frame, "x", "y", "group", x_label="x", title=text, references=[(text, 1)])


def draw_confusion(path: Path, text: str) -> None:
    figures.confusion(path, np.eye(2, dtype=int), [text, "other"])


def draw_lying_bars(path: Path, text: str) -> None:
    cases.lying_bars(path, [text], {text: [{"mean": 0.5}], "other": [{"mean": 0.4}]}, x_label="share")


def draw_cases(path: Path, text: str) -> None:
    picture = torch.zeros(3, 8, 8, dtype=torch.uint8)
    cases.draw_cases(path, [cases.Case(picture, text, [text, "other"], [0.7, 0.3])], [])


DRAWN: list[Draw] = [draw_bars, draw_curves, draw_confusion, draw_lying_bars, draw_cases]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("draw", [draw_grid, draw_strip, *DRAWN])
def test_any_text_can_be_drawn(draw: Draw, text: str, tmp_path: Path) -> None:
    with warnings.catch_warnings(action="error"):
        draw(tmp_path / "figure.png", text)
    with Image.open(tmp_path / "figure.png") as image:
        image.load()


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()], ids=ascii)
@pytest.mark.parametrize("draw", DRAWN)
def test_the_text_is_drawn_as_written(draw: Draw, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    render = Text.draw

    def note(artist: Text, *args: object, **options: object) -> None:
        if artist.get_visible() and artist.get_text():
            assert not artist.get_parse_math()
            seen.append(artist.get_text())
        render(artist, *args, **options)

    monkeypatch.setattr(Text, "draw", note)
    draw(tmp_path / "figure.png", text)
    wanted = as_shown(text)
    spaced = wanted.replace("_", " ") if draw is draw_cases else wanted
    found = [one.removeprefix("\u200b") for one in seen]
    assert any(one == spaced or one.startswith(f"{spaced}  ") for one in found), found
    if draw in (draw_bars, draw_curves, draw_lying_bars):
        assert "other" in found and sum(one == wanted for one in found) >= 2, "the group stands in the legend"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$5 \\frac{", "$5 \\frac{"),
        ("é 字 🙂 \u200b", "é 字 🙂 \u200b"),
        (os.fsdecode(b"caf\xe9-\xff"), "caf\\xe9-\\xff"),
        ("\ud800", "\\ud800"),
        ("a\x00\x1b[31m", "a\\x00\\x1b[31m"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_cannot_be_shown_is_escaped(text: str, shown: str) -> None:
    assert as_shown(text) == shown and as_shown(shown) == shown
    shown.encode("utf-8")


def test_the_png_of_a_strip_carries_the_text(tmp_path: Path) -> None:
    draw_strip(tmp_path / "strip.png", os.fsdecode(b"$x_{ \xff"))
    with Image.open(tmp_path / "strip.png") as image:
        assert image.info["Description"] == "$x_{ \\xff"


def test_the_style_reads_no_mathtext() -> None:
    with house_style.canvas("/dev/null", 1, 1, "$x_{") as figure:
        assert not figure.text(0, 0, "$x_{").get_parse_math()
