"""Overviews of the picture set: drawings by style, scenes, captions, defects, the classes of the labelled folder."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from rediffuse.data.pictures.captions import captions
from rediffuse.data.pictures.composing import Recipe, compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet
from rediffuse.data.pictures.defects import DEFECTS
from rediffuse.data.sources.pictures.labelled_folder import labelled_pictures
from rediffuse.pipeline.compute import generator

SHOWN = ("cat", "dog", "giraffe", "elephant", "horse", "beetle", "castle", "bus", "mushroom", "chair", "pizza", "ghost")
COLUMNS = 10
_GAP, _LEFT, _HEAD = 6, 150, 26  # pixels of a sheet
_INK, _PAPER = "#444444", "#ffffff"
_BOARD = (232, 236, 240)  # behind transparent drawings


def picture_sheets(pictures: PictureSet, seed: int) -> Iterator[tuple[str, Image.Image]]:
    """Names and sheets, each a fair sample by the seed."""
    yield "drawings", _drawings(pictures)
    yield "scenes", _scenes(pictures, seed)
    yield "captions", _captions(pictures, seed)
    yield "defects", _defects(pictures, seed)
    yield "labelled", _labelled(pictures, seed)


def sheet(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Image.Image | None]]) -> Image.Image:
    """A table of 64-pixel pictures with names left and above."""
    step, head = SIZE + _GAP, _HEAD if columns else _GAP
    whole = Image.new("RGB", (_LEFT + max(map(len, cells)) * step, head + len(cells) * step), _PAPER)
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(13)
    for column, name in enumerate(columns):
        draw.text((_LEFT + column * step + SIZE / 2, _HEAD / 2), name, fill=_INK, font=font, anchor="mm")
    for row, (name, line) in enumerate(zip(rows, cells, strict=True)):
        top = head + row * step
        draw.text((_LEFT - _GAP - 4, top + SIZE / 2), name, fill=_INK, font=font, anchor="rm")
        for column, cell in enumerate(line):
            if cell is not None:
                whole.paste(cell, (_LEFT + column * step, top))
    return whole


def _image(picture: Tensor) -> Image.Image:
    return Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())


def _drawings(pictures: PictureSet) -> Image.Image:
    def drawn(style: int, thing: str) -> Image.Image | None:
        rows = torch.nonzero((pictures.style == style) & (pictures.thing == pictures.things.index(thing))).flatten()
        if not len(rows):
            return None
        cell = Image.new("RGB", (SIZE, SIZE), _BOARD)
        drawing = _image(pictures.rgba[rows[0]])
        cell.paste(drawing, mask=drawing.getchannel("A"))
        return cell

    return sheet(
        pictures.styles, SHOWN, [[drawn(style, thing) for thing in SHOWN] for style in range(len(pictures.styles))]
    )


def _scenes(pictures: PictureSet, seed: int) -> Image.Image:
    random = generator(seed, "sheet/scenes", 0)
    rows, cells = [], []
    for index, scene in enumerate(SCENES):
        for side in ("train", "test"):
            backgrounds = pictures.backgrounds[side][index]
            cells.append([_image(picture) for picture in backgrounds[:COLUMNS]])
            rows.append(f"{scene}, {side}")
        drawings = pictures.rows("clip", "test")
        chosen = drawings[torch.randperm(len(drawings), generator=random)[:COLUMNS]]
        recipe = draw_recipe(pictures, chosen, random, side="test", scene=torch.full((COLUMNS,), index))
        cells.append([_image(picture) for picture in compose(pictures, recipe, SIZE, "test")])
        rows.append("with things")
    return sheet(rows, (), cells)


def _captions(pictures: PictureSet, seed: int) -> Image.Image:
    """Sixteen training pictures of 32 pixels, enlarged, each with its caption."""
    random = generator(seed, "sheet/captions", 0)
    drawings = pictures.rows("clip", "train")
    chosen = drawings[torch.randperm(len(drawings), generator=random)[:16]]
    recipe = draw_recipe(pictures, chosen, random, side="train", defects=0.3)
    font, side, wide, high = ImageFont.load_default(13), 128, 176, 232
    whole = Image.new("RGB", (8 * wide, 2 * high), _PAPER)
    draw = ImageDraw.Draw(whole)
    said = captions(pictures, recipe, random)
    for index, (picture, text) in enumerate(zip(compose(pictures, recipe, 32, "train"), said, strict=True)):
        left, top = index % 8 * wide + 8, index // 8 * high + 8
        whole.paste(_image(picture).resize((side, side), Image.Resampling.NEAREST), (left, top))
        draw.multiline_text((left, top + side + 4), textwrap.fill(text, 24), fill=_INK, font=font, spacing=2)
    return whole


def _defects(pictures: PictureSet, seed: int) -> Image.Image:
    random = generator(seed, "sheet/defects", 0)
    drawings = pictures.rows("clip", "train")
    chosen = drawings[torch.randperm(len(drawings), generator=random)[:COLUMNS]]
    recipe = draw_recipe(pictures, chosen, random, side="train")
    cells = [
        [_image(picture) for picture in compose(pictures, _with_defect(recipe, index), SIZE, "train")]
        for index in range(len(DEFECTS))
    ]
    return sheet(DEFECTS, (), cells)


def _with_defect(recipe: Recipe, defect: int) -> Recipe:
    return replace(recipe, defect=torch.full((len(recipe),), defect))


def _labelled(pictures: PictureSet, seed: int) -> Image.Image:
    """Three pictures of each class, ten classes a row."""
    each = 3
    made = [Image.fromarray(made.pixels) for made in labelled_pictures(pictures, each, seed)]
    cells: list[list[Image.Image | None]] = []
    names: list[str] = []
    for start in range(0, len(pictures.classes), 5):
        group = pictures.classes[start : start + 5]
        cells.append(list(made[start * each : (start + len(group)) * each]))
        names.append(", ".join(group))
    return sheet(["\n".join(textwrap.wrap(name, 22)) for name in names], (), cells)
