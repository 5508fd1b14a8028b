"""Sets on disk: the same bytes each time, and nothing wrong is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rediffuse.data.digits.dataset import Digits, load_digits, load_sets, save_digits
from rediffuse.pipeline.errors import InputError


@pytest.fixture
def digits() -> Digits:
    rng = np.random.default_rng(0)
    return Digits(rng.integers(256, size=(20, 28, 28, 3), dtype=np.uint8), rng.integers(10, size=20, dtype=np.uint8))


def test_round_trip_and_same_bytes(tmp_path: Path, digits: Digits) -> None:
    save_digits(tmp_path, "street", "val", digits)
    first = (tmp_path / "street_val.npz").read_bytes()
    save_digits(tmp_path, "street", "val", digits)
    assert (tmp_path / "street_val.npz").read_bytes() == first
    read = load_digits(tmp_path, "street", "val")
    np.testing.assert_array_equal(read.images, digits.images)
    np.testing.assert_array_equal(read.labels, digits.labels)
    assert len(read) == 20


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"street_val\.npz: no such file; run the stage fetch_digits"):
        load_digits(tmp_path, "street", "val")
    with pytest.raises(InputError, match=r"sets\.json: no such file"):
        load_sets(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 3000, -30])
def test_truncated(tmp_path: Path, digits: Digits, keep: int) -> None:
    save_digits(tmp_path, "street", "val", digits)
    path = tmp_path / "street_val.npz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"street_val\.npz: not a readable npz"):
        load_digits(tmp_path, "street", "val")


def test_flipped_bit(tmp_path: Path, digits: Digits) -> None:
    save_digits(tmp_path, "street", "val", digits)
    path = tmp_path / "street_val.npz"
    content = bytearray(path.read_bytes())
    content[5000] ^= 4
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a readable npz"):
        load_digits(tmp_path, "street", "val")


IMAGES, LABELS = np.zeros((3, 28, 28, 3), np.uint8), np.zeros(3, np.uint8)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": IMAGES}, "labels"),
        ({"images": IMAGES.astype(np.float32), "labels": LABELS}, r"images are float32\[3, 28, 28, 3\]"),
        ({"images": IMAGES[:, :27], "labels": LABELS}, r"images are uint8\[3, 27, 28, 3\]"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, r"images are uint8\[0, 28, 28, 3\]"),
        ({"images": IMAGES, "labels": LABELS[:2]}, r"labels are uint8\[2\], expected uint8\[3\]"),
        ({"images": IMAGES, "labels": LABELS.astype(np.int64)}, r"labels are int64"),
        ({"images": IMAGES, "labels": LABELS + 10}, "label 10, allowed are 0 to 9"),
        ({"images": np.array([{}], object), "labels": LABELS}, "not a readable npz"),
    ],
)
def test_wrong_content(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "mnistm_train.npz", **arrays)
    with pytest.raises(InputError, match=message) as caught:
        load_digits(tmp_path, "mnistm", "train")
    assert "mnistm_train.npz" in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"names": 3}', "\udcff"])
def test_wrong_sets(tmp_path: Path, text: str) -> None:
    (tmp_path / "sets.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=r"sets\.json"):
        load_sets(tmp_path)
