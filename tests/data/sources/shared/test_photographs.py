"""Photographs: split without overlap, checked, stacked as they are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

from rediffuse.data.sources.shared import photographs
from rediffuse.data.sources.shared.packages import photograph_path, photograph_table
from rediffuse.pipeline.errors import InputError


def test_no_photograph_on_both_sides() -> None:
    rows = photograph_table()
    for key in ("name", "file", "sha256"):
        train, test = ({getattr(r, key) for r in rows if r.split == side} for side in ("train", "test"))
        assert not train & test
    for set_name in ("mnistm", "street"):
        assert len(photographs.chosen(set_name, "train")) >= 5
        assert len(photographs.chosen(set_name, "test")) >= 3


@pytest.mark.parametrize("set_name", ["mnistm", "street"])
def test_canvas_holds_each_photograph(set_name: str) -> None:
    canvas = photographs.load_canvas(set_name, "test")
    rows = {row.name: row for row in photograph_table()}
    for name, top, height, width in zip(canvas.names, canvas.tops, canvas.heights, canvas.widths, strict=True):
        with Image.open(photograph_path(rows[name])) as image:
            whole = np.asarray(image.convert("RGB"))
        assert rows[name].reduce == 1
        np.testing.assert_array_equal(canvas.pixels[top : top + height, :width], whole)


def test_altered_photograph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [dataclasses.replace(row, sha256="0" * 64) for row in photograph_table()]
    monkeypatch.setattr(photographs, "photograph_table", lambda: rows)
    with pytest.raises(InputError, match=r"astronaut\.png: SHA-256 is .* expected 0{64}"):
        photographs.load_canvas("mnistm", "train")
