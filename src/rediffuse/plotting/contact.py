"""Compose sheets and strips of small images, enlarged a whole number of times, with labels around them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from rediffuse.pipeline.text import as_shown

INK, MUTED, EMPTY = (31, 35, 40), (87, 96, 106), (244, 246, 248)
PAD = 8  # pixels between text and images, and around all
STRIP_SIDE = 128  # pixels: about how wide a strip shows each image
STRIP_GAP, GROUP_GAP = 14, 30  # pixels between the images of a strip, and between its groups
STRIP_FONT, STRIP_LETTERS = 22, 12  # pixels, and the letters of them that fit below an image

# "nearest" repeats each pixel, "bicubic" interpolates smoothly between pixels.
Resampling = Literal["nearest", "bicubic"]

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Labels:
    """The words of a sheet, as ``figures.grid`` takes them."""

    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str
    column_title: str
    cells: Sequence[Sequence[str]]

    def shown(self) -> Labels:
        """The same words as they can be drawn."""
        return Labels(
            [as_shown(text) for text in self.rows],
            [as_shown(text) for text in self.columns],
            as_shown(self.row_title),
            as_shown(self.column_title),
            [[as_shown(text) for text in row] for row in self.cells],
        )


def compose(images: Any, labels: Labels, *, scale: int, gap: int, resampling: Resampling) -> Image.Image:
    """The sheet that ``figures.grid`` writes; see there for the arguments and errors."""
    labels = labels.shown()
    cells = [[None if cell is None else _colour(cell) for cell in row] for row in images]
    height, width = _size(cells)
    rows, columns = len(cells), max(len(row) for row in cells)
    for texts, count, what in ((labels.rows, rows, "rows"), (labels.columns, columns, "columns")):
        if len(texts) not in (0, count):
            raise ValueError(f"{len(texts)} labels for {count} {what}")
    if labels.cells and [len(row) for row in labels.cells] != [len(row) for row in cells]:
        raise ValueError(f"labels of cells in rows of {[len(row) for row in labels.cells]}")
    pitch_x = width * scale + gap
    # The sheet is shown as wide as the reader's screen: text must grow with it to stay legible.
    ideal = max(13, min(30, columns * pitch_x // 34))
    above = _fitting(labels.columns, ideal, pitch_x)
    below = _fitting([text for row in labels.cells for text in row], ideal, pitch_x)
    pitch_y = height * scale + gap + (_line(below) + PAD // 2 if labels.cells else 0)
    beside = _font(min(ideal, max(11, pitch_y)))
    title = _font(ideal)

    left = PAD + (_line(title) + PAD if labels.row_title else 0)
    left += max((_width(beside, label) for label in labels.rows), default=0) + (PAD if labels.rows else 0)
    top = PAD + (_line(title) + PAD // 2 if labels.column_title else 0) + (_lines(above, labels.columns) + PAD // 2)
    right, bottom = left + columns * pitch_x - gap, top + rows * pitch_y - gap
    overhang = max(0, (_width(above, labels.columns[-1]) - width * scale) // 2) if labels.columns else 0
    sheet = Image.new("RGB", (right + max(PAD, overhang + 2), bottom + PAD), "white")

    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            corner = (left + c * pitch_x, top + r * pitch_y)
            sheet.paste(_enlarged(cell, (width * scale, height * scale), resampling), corner)

    draw = ImageDraw.Draw(sheet)
    for r, label in enumerate(labels.rows):
        middle = top + r * pitch_y + height * scale // 2
        draw.text((left - PAD, middle), label, INK, beside, anchor="rm")
    for c, label in enumerate(labels.columns):
        middle = left + c * pitch_x + width * scale // 2
        _centred(draw, middle, top - PAD // 2, label, above)
    for r, texts in enumerate(labels.cells):
        for c, text in enumerate(texts):
            middle = left + c * pitch_x + width * scale // 2
            draw.text((middle, top + r * pitch_y + height * scale + 2), text, INK, below, anchor="ma")
    if labels.column_title:
        draw.text(((left + right) // 2, PAD), labels.column_title, MUTED, title, anchor="ma")
    if labels.row_title:
        _upright(sheet, labels.row_title, title, (top + bottom) // 2)
    return sheet


def compose_strip(images: Any, labels: Sequence[str], *, group: int) -> tuple[Image.Image, int]:
    """Compose the strip that ``figures.write_strip`` writes; see there for the arguments and errors.

    Returns:
        The strip, and how many times each image is enlarged.
    """
    arrays = [np.asarray(image) for image in images]
    cells = [_colour(np.moveaxis(np.broadcast_to(array, (3, *array.shape[-2:])), 0, -1)) for array in arrays]
    height, width = _size([cells])
    if len(labels) != len(cells):
        raise ValueError(f"{len(labels)} labels for {len(cells)} images")
    shown = [as_shown(label).split("\n") for label in labels]
    labels = ["\n".join(textwrap.fill(line, STRIP_LETTERS) for line in lines) for lines in shown]
    scale = max(1, round(STRIP_SIDE / width))
    wide, high = width * scale, height * scale
    lefts = [PAD]
    for place in range(1, len(cells)):
        lefts.append(lefts[-1] + wide + (GROUP_GAP if group > 1 and place % group == 0 else STRIP_GAP))
    font = _fitting(labels, STRIP_FONT, wide + STRIP_GAP - 4)
    strip = Image.new("RGB", (lefts[-1] + wide + PAD, PAD + high + _lines(font, labels) + PAD), "white")
    draw = ImageDraw.Draw(strip)
    for left, cell, label in zip(lefts, cells, labels, strict=True):
        strip.paste(_enlarged(cell, (wide, high), "bicubic"), (left, PAD))
        for index, line in enumerate(label.split("\n")):
            draw.text((left + wide // 2, PAD + high + 4 + index * _line(font)), line, INK, font, anchor="ma")
    return strip, scale


def png_text(scale: int, resampling: Resampling, description: str = "") -> PngImagePlugin.PngInfo:
    """Make the text that a PNG carries for the page: how its images are enlarged, and what they show."""
    text = PngImagePlugin.PngInfo()
    how = {"nearest": "pixels repeated", "bicubic": "bicubic"}[resampling]
    text.add_text("Enlargement", f"enlarged {scale} times, {how}" if scale > 1 else "not enlarged")
    if description:
        text.add_itxt("Description", description)
    return text


def _colour(cell: Any) -> NDArray[np.uint8]:
    array = np.asarray(cell)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(f"expected uint8 [H, W, 3] or [H, W], or a mask, found {array.dtype} {list(array.shape)}")
    return array


def _size(cells: Sequence[Sequence[NDArray[np.uint8] | None]]) -> tuple[int, int]:
    sizes = {cell.shape[:2] for row in cells for cell in row if cell is not None}
    if len(sizes) != 1:
        raise ValueError(f"expected images of one size, found {sorted(sizes) or 'none'}")
    return sizes.pop()


def _enlarged(cell: NDArray[np.uint8] | None, size: tuple[int, int], resampling: Resampling) -> Image.Image:
    if cell is None:
        return Image.new("RGB", size, EMPTY)
    return Image.fromarray(cell).resize(size, Image.Resampling[resampling.upper()])


@cache
def _font(size: int) -> Font:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    # The basic layout needs no shaping library, which not every build of Pillow has.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _fitting(labels: Sequence[str], ideal: int, room: int) -> Font:
    for size in range(ideal, 9, -1):
        if all(_width(_font(size), label) <= room for label in labels):
            return _font(size)
    return _font(10)


def _width(font: Font, label: str) -> int:
    return max(round(font.getlength(line)) for line in label.split("\n"))


def _line(font: Font) -> int:
    return sum(font.getmetrics())


def _lines(font: Font, labels: Sequence[str]) -> int:
    return _line(font) * max((label.count("\n") + 1 for label in labels), default=0)


def _centred(draw: ImageDraw.ImageDraw, middle: int, bottom: int, label: str, font: Font) -> None:
    for index, line in enumerate(reversed(label.split("\n"))):
        draw.text((middle, bottom - index * _line(font)), line, INK, font, anchor="md")


def _upright(sheet: Image.Image, text: str, font: Font, middle: int) -> None:
    strip = Image.new("RGB", (_width(font, text), _line(font)), "white")
    ImageDraw.Draw(strip).text((0, 0), text, MUTED, font, anchor="la")
    turned = strip.rotate(90, expand=True)
    sheet.paste(turned, (PAD, max(0, middle - turned.height // 2)))
