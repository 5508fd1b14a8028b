"""Archives of arrays: the same bytes on every Python, and nothing wrong is read."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rediffuse.pipeline.arrays import load_arrays, save_arrays
from rediffuse.pipeline.errors import InputError

ARRAYS = {"images": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "labels": np.array([3, 1], np.int16)}
# Of ARRAYS uncompressed; Python 3.11.2 and 3.11.7 write it alike.
SHA256 = "03a6b87bf7d2df80f81e453a506eea91b2d416db0f93ef3f214108c2e3a54ed6"


def test_the_bytes_are_those_of_every_python(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", ARRAYS)
    assert hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest() == SHA256


@pytest.mark.parametrize("compressed", [False, True])
def test_round_trip(compressed: bool, tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", ARRAYS, compressed=compressed)
    found = load_arrays(tmp_path / "a.npz", ("labels", "images"), "fetch_x")
    assert list(found) == ["labels", "images"]
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        kinds = {entry.compress_type for entry in archive.infolist()}
    assert kinds == {zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED}


def test_a_lacking_array_and_a_pickle(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", ARRAYS)
    with pytest.raises(InputError, match="expected the arrays images, styles"):
        load_arrays(tmp_path / "a.npz", ("images", "styles"), "fetch_x")
    np.savez(tmp_path / "b.npz", images=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match=r"not a readable npz archive .*; run fetch_x again"):
        load_arrays(tmp_path / "b.npz", ("images",), "fetch_x")
    with pytest.raises(ValueError, match="allow_pickle=False"):
        save_arrays(tmp_path / "c.npz", {"images": np.array([{"a": 1}], dtype=object)})
