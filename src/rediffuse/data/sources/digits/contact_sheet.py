"""An enlarged overview of a digit set: a row for each digit, training beside test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from rediffuse.data.digits.dataset import NUM_DIGITS, SIZE, Digits

COLUMNS = 12  # images of each split in a row
ZOOM = 2
_GAP, _MARGIN, _HEAD, _BETWEEN = 4, 36, 34, 28  # pixels of the sheet
_INK, _PAPER = "#444444", "#ffffff"


def contact_sheet(name: str, train: Digits, test: Digits) -> Image.Image:
    """Rows 0 to 9; twelve images of the training split, then twelve of the test split.

    The first images of each digit are taken, so the sheet is a fair sample. A digit with fewer
    images leaves blank places.
    """
    step = SIZE * ZOOM + _GAP
    half = COLUMNS * step - _GAP
    sheet = Image.new("RGB", (_MARGIN + 2 * half + _BETWEEN + _GAP * 2, _HEAD + NUM_DIGITS * step + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(16)
    for part, digits, left in (("training", train, _MARGIN), ("test", test, _MARGIN + half + _BETWEEN)):
        draw.text((left, _HEAD / 2), f"{name}, {part}", fill=_INK, font=font, anchor="lm")
        for label in range(NUM_DIGITS):
            top = _HEAD + label * step
            for column, image in enumerate(digits.images[digits.labels == label][:COLUMNS]):
                sheet.paste(_enlarged(image), (left + column * step, top))
    for label in range(NUM_DIGITS):
        middle = _HEAD + label * step + SIZE * ZOOM / 2
        draw.text((_MARGIN / 2, middle), str(label), fill=_INK, font=font, anchor="mm")
    return sheet


def _enlarged(image: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(image).resize((SIZE * ZOOM, SIZE * ZOOM), Image.Resampling.NEAREST)
