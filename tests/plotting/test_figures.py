"""Figures: the same bytes each time, and every image in its own place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rediffuse.plotting import figures

FRAME = pd.DataFrame(
    {"x": [1, 2, 3] * 2, "y": [0.5, 0.7, 0.8, 0.4, 0.6, 0.9], "low": 0.3, "high": 0.95, "set": ["a"] * 3 + ["b"] * 3}
)
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 7, 5, 3), dtype=np.uint8)


def draw_grid(path: Path) -> None:
    figures.grid(path, IMAGES, "abc", "wxyz", row_title="row", column_title="column")


def draw_curves(path: Path) -> None:
    panels = [figures.Panel("y", "Accuracy", "low", "high", [("line", 0.9)], percent=True), figures.Panel("low", "Low")]
    figures.curves(path, FRAME, "x", group="set", x_label="x", panels=panels, title="Both")


def draw_bars(path: Path) -> None:
    values = {"a": [0.5, 0.6], "b": [0.7, 0.8]}
    figures.bars(path, ["left", "right"], values, values, values, y_label="Share")


def draw_confusion(path: Path) -> None:
    figures.confusion(path, [[9, 1], [0, 10]], ["cat", "dog"])


def draw_strip(path: Path) -> None:
    figures.write_strip(path, IMAGES[0].transpose(0, 3, 1, 2), ["a cat\n97", "η = 0", "→ day", "<new1>"], group=2)


@pytest.mark.parametrize("draw", [draw_grid, draw_curves, draw_bars, draw_confusion, draw_strip])
def test_same_bytes_and_no_metadata(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path / "first.png")
    draw(tmp_path / "second.png.part")  # stages write beside the place of the file, under another name
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png.part").read_bytes()
    with Image.open(tmp_path / "first.png") as image:
        assert image.format == "PNG"
        assert not set(image.info) & {"Software", "Creation Time", "date:create"}


def test_a_readers_own_style_changes_nothing(tmp_path: Path) -> None:
    draw_curves(tmp_path / "plain.png")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\nsavefig.dpi: 30\naxes.facecolor: red\n")
    program = (
        "import pandas as pd; from rediffuse.plotting import figures as f; from pathlib import Path; import sys; "
        "f.curves(Path(sys.argv[1]), pd.DataFrame({'x': [1, 2], 'y': [1, 2]}), 'x', 'y', x_label='x')"
    )
    source = str(Path(figures.__file__).parents[2])
    for name, extra in (("own.png", {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}), ("none.png", {})):
        environment = {"PYTHONPATH": source, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **extra}
        subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], env=environment, check=True)
    assert (tmp_path / "own.png").read_bytes() == (tmp_path / "none.png").read_bytes()


def cell(sheet: np.ndarray, place: tuple[int, int], origin: tuple[int, int], scale: int, gap: int) -> np.ndarray:
    """The enlarged image of a place, by its left upper corner in the sheet."""
    height, width = IMAGES.shape[2] * scale, IMAGES.shape[3] * scale
    top, left = origin[0] + place[0] * (height + gap), origin[1] + place[1] * (width + gap)
    return sheet[top : top + height, left : left + width]


def find_origin(sheet: np.ndarray, first: np.ndarray) -> tuple[int, int]:
    height, width = first.shape[:2]
    for top in range(sheet.shape[0] - height + 1):
        for left in range(sheet.shape[1] - width + 1):
            if np.array_equal(sheet[top, left : left + width], first[0]) and np.array_equal(
                sheet[top : top + height, left : left + width], first
            ):
                return top, left
    raise AssertionError("the first image is not in the sheet")


def enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@pytest.mark.parametrize(("scale", "gap", "labels"), [(1, 0, False), (3, 2, False), (3, 2, True), (4, 5, True)])
def test_each_image_is_in_its_cell(scale: int, gap: int, labels: bool, tmp_path: Path) -> None:
    texts = {"row_labels": "abc", "column_labels": "wxyz", "row_title": "row", "column_title": "column"}
    figures.grid(tmp_path / "grid.png", IMAGES, **(texts if labels else {}), scale=scale, gap=gap)
    sheet = np.asarray(Image.open(tmp_path / "grid.png"))
    origin = find_origin(sheet, enlarged(IMAGES[0, 0], scale))
    for row in range(3):
        for column in range(4):
            assert np.array_equal(cell(sheet, (row, column), origin, scale, gap), enlarged(IMAGES[row, column], scale))
    outside = sheet[:, : origin[1] - 4]
    assert (outside.min() < 128) == labels  # the labels are there, and dark


def test_a_smooth_sheet_has_each_image_interpolated(tmp_path: Path) -> None:
    figures.grid(tmp_path / "grid.png", IMAGES[:1, :1], scale=4, gap=0, resampling="bicubic")
    with Image.open(tmp_path / "grid.png") as image:
        sheet, text = np.asarray(image), image.info
    wanted = np.asarray(Image.fromarray(IMAGES[0, 0]).resize((20, 28), Image.Resampling.BICUBIC))
    assert find_origin(sheet, wanted)
    assert text["Enlargement"] == "enlarged 4 times, bicubic"
    figures.grid(tmp_path / "grid.png", IMAGES[:1, :1], scale=4)
    with Image.open(tmp_path / "grid.png") as image:
        assert image.info["Enlargement"] == "enlarged 4 times, pixels repeated"


@pytest.mark.parametrize("side", [24, 28, 32, 64])
def test_a_strip_shows_each_image_at_one_height_whatever_its_size(side: int, tmp_path: Path) -> None:
    images = np.random.default_rng(side).integers(0, 256, (6, 3, side, side), dtype=np.uint8)
    figures.write_strip(tmp_path / "strip.png", images, [*"abcdef"], group=3)
    with Image.open(tmp_path / "strip.png") as image:
        sheet, text = np.asarray(image), image.info
    scale = round(128 / side)
    assert text == {"Enlargement": f"enlarged {scale} times, bicubic", "Description": "a, b, c, d, e, f"}
    lefts = []
    for one in images.transpose(0, 2, 3, 1):
        wanted = np.asarray(Image.fromarray(one).resize((side * scale,) * 2, Image.Resampling.BICUBIC))
        lefts.append(find_origin(sheet, wanted)[1])
    gaps = np.diff(lefts) - side * scale
    assert set(gaps[[0, 1, 3, 4]]) == {gaps[0]} and gaps[2] > 2 * gaps[0]


def test_a_strip_takes_grey_images_and_joins_the_lines_of_a_label(tmp_path: Path) -> None:
    grey = np.full((2, 1, 24, 24), 99, dtype=np.uint8)
    figures.write_strip(tmp_path / "strip.png", grey, ["a cat\nat night", "→ day"])
    with Image.open(tmp_path / "strip.png") as image:
        assert image.info["Description"] == "a cat at night, → day"
        assert (np.asarray(image)[60, 60] == 99).all()


def test_a_strip_refuses_what_does_not_fit(tmp_path: Path) -> None:
    images = np.zeros((2, 3, 8, 8), np.uint8)
    with pytest.raises(ValueError, match="1 labels for 2 images"):
        figures.write_strip(tmp_path / "strip.png", images, ["a"])
    with pytest.raises(ValueError, match="one size"):
        figures.write_strip(tmp_path / "strip.png", [images[0], images[1, :, :4, :4]], ["a", "b"])
    assert not (tmp_path / "strip.png").exists()


@pytest.mark.parametrize(
    ("count", "most", "places"), [(1, 8, [0]), (5, 4, [0, 1, 3, 4]), (6, 8, [0, 1, 2, 3, 4, 5]), (11, 3, [0, 5, 10])]
)
def test_spread_places_keep_both_ends(count: int, most: int, places: list[int]) -> None:
    assert figures.spread(count, most) == places


def test_masks_grey_images_and_empty_places(tmp_path: Path) -> None:
    mask = np.zeros((7, 5), dtype=bool)
    mask[:, :2] = True
    grey = np.full((7, 5), 77, dtype=np.uint8)
    figures.grid(tmp_path / "grid.png", [[IMAGES[0, 0], mask], [None, grey], [IMAGES[1, 1]]], scale=2, gap=0)
    sheet = np.asarray(Image.open(tmp_path / "grid.png"))
    origin = find_origin(sheet, enlarged(IMAGES[0, 0], 2))
    assert set(np.unique(cell(sheet, (0, 1), origin, 2, 0)[:, :4])) == {255}
    assert set(np.unique(cell(sheet, (0, 1), origin, 2, 0)[:, 4:])) == {0}
    assert cell(sheet, (1, 0), origin, 2, 0).min() > 240
    assert set(np.unique(cell(sheet, (1, 1), origin, 2, 0))) == {77}


def test_a_label_stands_below_its_image(tmp_path: Path) -> None:
    white = np.full((7, 5, 3), 255, dtype=np.uint8)
    for name, texts in (("left", [["7→1", ""]]), ("right", [["", "7→1"]])):
        figures.grid(tmp_path / name, [[white, white]], cell_labels=texts, scale=10)
        dark = np.argwhere(np.asarray(Image.open(tmp_path / name)).min(axis=2) < 128)
        assert dark[:, 0].min() > 70
        assert (dark[:, 1].mean() < 60) == (name == "left")
    with pytest.raises(ValueError, match="labels of cells"):
        figures.grid(tmp_path / "none", [[white, white]], cell_labels=[["7→1"]])


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        ([[IMAGES[0, 0], np.zeros((3, 3, 3), np.uint8)]], (), "one size"),
        ([[None]], (), "one size"),
        ([[IMAGES[0, 0].astype(float)]], (), "uint8"),
        ([[IMAGES[0, 0]]], ("a", "b"), "2 labels for 1 rows"),
    ],
)
def test_what_does_not_fit_is_refused(images: list, labels: tuple, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        figures.grid(tmp_path / "grid.png", images, labels)
    assert not (tmp_path / "grid.png").exists()


def test_panels_are_side_by_side(tmp_path: Path) -> None:
    figures.curves(tmp_path / "one.png", FRAME, "x", "y", "set", low="low", high="high", x_label="x")
    draw_curves(tmp_path / "two.png")
    one, two = (Image.open(tmp_path / name) for name in ("one.png", "two.png"))
    assert one.size == (1000, 660)
    assert two.width > 1.5 * one.width and two.height == one.height


def test_confusion_takes_a_square_matrix(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 labels for a matrix"):
        figures.confusion(tmp_path / "m.png", np.zeros((2, 3), int), ["a", "b"])
