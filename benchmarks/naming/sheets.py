"""Sheets of numbered pictures without captions, enlarged with smooth interpolation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from benchmarks.naming.keys import Key, key_text
from rediffuse.pipeline import stage
from rediffuse.pipeline.errors import InputError

SIDE = 160  # pixels of an enlarged picture
_LABEL, _GAP = 28, 12  # pixels above a picture, and between pictures
_INK, _PAPER, _FRAME = "#000000", "#ffffff", "#bbbbbb"


def enlarged(image: Tensor) -> Image.Image:
    """A picture uint8 [3, H, W] or [H, W] at ``SIDE`` pixels, by bicubic interpolation."""
    array = image.permute(1, 2, 0) if image.ndim == 3 else image
    small = Image.fromarray(array.contiguous().cpu().numpy()).convert("RGB")
    return small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def labelled(label: str, image: Tensor) -> Image.Image:
    """An enlarged picture in a thin frame, under its label."""
    tile = Image.new("RGB", (SIDE, _LABEL + SIDE), _PAPER)
    tile.paste(enlarged(image), (0, _LABEL))
    draw = ImageDraw.Draw(tile)
    draw.text((SIDE / 2, _LABEL / 2), label, fill=_INK, font=ImageFont.load_default(22), anchor="mm")
    draw.rectangle((0, _LABEL, SIDE - 1, _LABEL + SIDE - 1), outline=_FRAME)
    return tile


def grid(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """Tiles of one size in rows."""
    width, height = tiles[0].width + _GAP, tiles[0].height + _GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width + _GAP, rows * height + _GAP), _PAPER)
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (_GAP + place % columns * width, _GAP + place // columns * height))
    return sheet


def write_test(
    folder: str | Path, key: Key, tiles: Sequence[Image.Image], instructions: str, columns: int = 5, rows: int = 5
) -> None:
    """Write a blind test: the sheets, what the readers are told, the answers they choose from, and the key.

    Raises:
        InputError: ``folder`` holds something.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: exists and is not empty; expected a new folder")
    per_sheet = columns * rows
    with stage.new_folder(folder) as part:
        for start in range(0, len(tiles), per_sheet):
            sheet = grid(tiles[start : start + per_sheet], columns)
            sheet.save(part / f"sheet-{start // per_sheet + 1}.png")
        (part / "instructions.txt").write_text(instructions, encoding="utf-8")
        (part / "objects.txt").write_text("\n".join(key.choices) + "\n", encoding="utf-8")
        (part / "key.json").write_text(key_text(key), encoding="utf-8")


def digest_of(*parts: Tensor) -> str:
    """Fingerprint of tensors, 16 hexadecimal digits."""
    found = hashlib.sha256()
    for part in parts:
        found.update(f"{part.dtype}{list(part.shape)}".encode())
        found.update(part.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()[:16]
