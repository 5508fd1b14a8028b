"""The course's folder layout, good and bad."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rediffuse.data.digits.dataset import Split
from rediffuse.data.sources.digits.folder import read_folder
from rediffuse.pipeline.errors import InputError

COUNTS: dict[Split, int] = {"train": 1000, "val": 1000, "test": 1000}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """svhn with 40 + 6 pictures; picture i of a list is flat grey of level 5 * i."""
    data = tmp_path / "svhn" / "data"
    data.mkdir(parents=True)
    for name, count in (("train", 40), ("val", 6)):
        rows = ["image_name,label"]
        for i in range(count):
            Image.new("RGB", (28, 28), (5 * i,) * 3).save(data / f"{name}{i:03}.png")
            rows.append(f"{name}{i:03}.png,{i % 10}")
        (tmp_path / "svhn" / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def levels(folder: Path, split: Split, counts: dict[Split, int] = COUNTS) -> dict[int, int]:
    digits, _ = read_folder(folder, "svhn", split, counts, 0)
    return {int(image[0, 0, 0]): int(label) for image, label in zip(digits.images, digits.labels, strict=True)}


def test_split_is_whole_and_without_overlap(course: Path) -> None:
    train, val, test = (levels(course, split) for split in ("train", "val", "test"))
    assert len(train) == 36 and len(val) == 4
    assert train | val == {5 * i: i % 10 for i in range(40)}
    assert test == {5 * i: i % 10 for i in range(6)}


def test_counts_are_upper_limits(course: Path) -> None:
    counts: dict[Split, int] = {"train": 20, "val": 3, "test": 2}
    assert [len(levels(course, split, counts)) for split in ("train", "val", "test")] == [20, 3, 2]


def test_other_sizes_are_resized_and_counted(course: Path) -> None:
    stripes = np.zeros((56, 56), np.uint8)
    stripes[:, ::2] = 200
    Image.fromarray(stripes).save(course / "svhn/data/val002.png")
    digits, resized = read_folder(course, "svhn", "test", COUNTS, 0)
    assert resized == 1
    image = next(image for image, label in zip(digits.images, digits.labels, strict=True) if label == 2)
    assert np.abs(image[:, 2:-2].astype(int) - 100).max() <= 2  # antialiased: stripes of a pixel become grey


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("image_name,label", "image_name,label,extra", "line 1: found the columns 'image_name,label,extra'"),
        ("image_name,label", "name,label", "line 1: found the columns 'name,label'"),
        ("val003.png,3", "val003.png,10", "line 5: found label '10', allowed are 0 to 9"),
        ("val003.png,3", "val003.png,-1", "line 5: found label '-1'"),
        ("val003.png,3", "val003.png,three", "line 5: found label 'three'"),
        ("val003.png,3", "val003.png,3.0", "line 5: found label '3.0'"),
        ("val003.png,3", "val003.png", "line 5: found 1 values"),
        ("val003.png,3", "val003.png,3,4", "line 5: found 3 values"),
        ("val003.png,3", "val002.png,3", "line 5: found image_name 'val002.png'"),
        ("val003.png,3", "../x.png,3", "line 5: found image_name '../x.png'"),
        ("val003.png,3", "none.png,3", "line 5: .*none.png: no such image"),
    ],
)
def test_bad_list(course: Path, old: str, new: str, message: str) -> None:
    path = course / "svhn" / "val.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        read_folder(course, "svhn", "test", COUNTS, 0)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_unreadable_image(course: Path, content: bytes) -> None:
    (course / "svhn/data/val004.png").write_bytes(content)
    with pytest.raises(InputError, match=r"val\.csv, line 6: .*val004\.png: not a readable image"):
        read_folder(course, "svhn", "test", COUNTS, 0)


def test_truncated_image(course: Path) -> None:
    path = course / "svhn/data/val004.png"
    Image.fromarray(np.random.default_rng(0).integers(256, size=(28, 28, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:800])
    with pytest.raises(InputError, match=r"line 6: .*val004\.png: not a readable image"):
        read_folder(course, "svhn", "test", COUNTS, 0)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such file"), (b"", "line 1"), (b"\xff\xfe", "not readable")]
)
def test_missing_or_unreadable_list(course: Path, content: bytes | None, message: str) -> None:
    path = course / "svhn" / "train.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(path)) + f".*{message}"):
        read_folder(course, "svhn", "train", COUNTS, 0)


def test_too_few_images(course: Path) -> None:
    path = course / "svhn" / "train.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:6]))
    with pytest.raises(InputError, match="found 5 images, expected 10 or more"):
        read_folder(course, "svhn", "train", COUNTS, 0)
