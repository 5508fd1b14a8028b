"""The overview shows the images in their places."""

from __future__ import annotations

import numpy as np

from rediffuse.data.digits.dataset import Digits
from rediffuse.data.sources.digits.contact_sheet import COLUMNS, ZOOM, contact_sheet


def test_rows_are_digits_and_columns_are_splits() -> None:
    labels = np.repeat(np.arange(10, dtype=np.uint8), COLUMNS + 1)
    level = np.broadcast_to((labels * 10 + 5)[:, None, None, None], (len(labels), 28, 28, 3)).astype(np.uint8)
    red, blue = level.copy(), level.copy()
    red[..., 0], blue[..., 2] = 200, 200
    sheet = np.asarray(contact_sheet("street", Digits(red, labels), Digits(blue, labels)))
    for channel, columns in ((0, slice(None, sheet.shape[1] // 2)), (2, slice(sheet.shape[1] // 2, None))):
        part = sheet[:, columns]
        for label in range(10):
            colour = np.full(3, label * 10 + 5)
            colour[channel] = 200
            there = (part == colour).all(axis=-1)
            assert there.sum() == COLUMNS * (28 * ZOOM) ** 2
            assert there.any(axis=1).sum() == 28 * ZOOM  # all in one row


def test_missing_digits_stay_blank() -> None:
    one = Digits(np.zeros((1, 28, 28, 3), np.uint8), np.array([4], np.uint8))
    full = np.asarray(contact_sheet("mnistm", one, one))
    assert (full == 0).all(axis=-1).sum() == 2 * (28 * ZOOM) ** 2
