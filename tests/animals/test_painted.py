"""The file of painted animals: what was written is read, what is damaged is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rediffuse.animals.painted import load_painted, save_painted
from rediffuse.data.arrays import save_arrays
from rediffuse.data.splits import ANIMALS
from rediffuse.errors import InputError


def some(count: int = 2, size: int = 64, dtype: type = np.uint8) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {name: random.integers(0, 256, (count, size, size, 4)).astype(dtype) for name in ANIMALS}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    pictures = some()
    save_painted(tmp_path, pictures)
    found = load_painted(tmp_path)
    assert found.animals == ANIMALS and found.rgba.shape == (5, 2, 4, 64, 64)
    for index, name in enumerate(ANIMALS):
        np.testing.assert_array_equal(found.rgba[index].permute(0, 2, 3, 1).numpy(), pictures[name])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dog": some(1)["dog"]}, r"dog is uint8\[1, 64, 64, 4\], expected uint8\[2, 64, 64, 4\]"),
        (some(2, 32), r"cat is uint8\[2, 32, 32, 4\], expected uint8\[2, 64, 64, 4\]"),
        (some(2, dtype=np.int16), r"cat is int16\[2, 64, 64, 4\], expected uint8\[2, 64, 64, 4\]"),
        (some(0), r"cat is uint8\[0, 64, 64, 4\], expected uint8\[1, 64, 64, 4\]"),
    ],
)
def test_what_is_not_as_it_was_written(tmp_path: Path, changed: dict[str, np.ndarray], told: str) -> None:
    save_painted(tmp_path, some() | changed)
    with pytest.raises(InputError, match=f"{told}; run paint_animals again"):
        load_painted(tmp_path)


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"animals\.npz: no such file; run the stage paint_animals first"):
        load_painted(tmp_path)
    save_arrays(tmp_path / "animals.npz", {"cat": some()["cat"]})
    with pytest.raises(InputError, match="expected the arrays cat, dog"):
        load_painted(tmp_path)
