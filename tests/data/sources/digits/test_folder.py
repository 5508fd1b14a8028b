"""The course's folder layout, good and bad."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from rediffuse.data.digits.dataset import Digits, Split
from rediffuse.data.sources.digits import folder as folder_module
from rediffuse.data.sources.digits.folder import _validation, read_folder, read_lists
from rediffuse.pipeline.errors import InputError

COUNTS: dict[Split, int] = {"train": 1000, "val": 1000, "test": 1000}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """svhn with 120 + 6 pictures, flat grey; the level of picture i is 2 * i in train, 5 * i in val."""
    data = tmp_path / "svhn" / "data"
    data.mkdir(parents=True)
    for name, count, step in (("train", 120, 2), ("val", 6, 5)):
        rows = ["image_name,label"]
        for i in range(count):
            Image.new("RGB", (28, 28), (step * i,) * 3).save(data / f"{name}{i:03}.png")
            rows.append(f"{name}{i:03}.png,{i % 10}")
        (tmp_path / "svhn" / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def read(folder: Path, split: Split, counts: dict[Split, int] = COUNTS) -> tuple[Digits, int]:
    return read_folder(read_lists(folder, "svhn"), "svhn", split, counts, 0)


def levels(folder: Path, split: Split, counts: dict[Split, int] = COUNTS) -> dict[int, int]:
    digits, _ = read(folder, split, counts)
    return {int(image[0, 0, 0]): int(label) for image, label in zip(digits.images, digits.labels, strict=True)}


def test_split_is_whole_and_without_overlap(course: Path) -> None:
    train, val, test = (levels(course, split) for split in ("train", "val", "test"))
    assert len(train) == len(val) == 60
    assert train | val == {2 * i: i % 10 for i in range(120)}
    assert test == {5 * i: i % 10 for i in range(6)}


def test_counts_are_upper_limits(course: Path) -> None:
    counts: dict[Split, int] = {"train": 20, "val": 35, "test": 2}
    assert [len(levels(course, split, counts)) for split in ("train", "val", "test")] == [20, 30, 2]


@settings(deadline=None)
@given(st.lists(st.integers(12, 300), min_size=10, max_size=10), st.integers(10, 500), st.integers(0, 99))
def test_validation_takes_a_tenth_of_each_digit_and_six_at_least(each: list[int], most: int, seed: int) -> None:
    labels = np.repeat(np.arange(10), each)
    np.random.default_rng(seed).shuffle(labels)
    taken = _validation(labels, most)
    assert np.bincount(labels[taken], minlength=10).tolist() == [min(max(n // 10, 6), most // 10) for n in each]
    assert np.bincount(labels[~taken], minlength=10).min() >= 6


def test_other_sizes_are_resized_and_counted(course: Path) -> None:
    stripes = np.zeros((56, 56), np.uint8)
    stripes[:, ::2] = 200
    Image.fromarray(stripes).save(course / "svhn/data/val002.png")
    digits, resized = read(course, "test")
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
        read(course, "test")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_unreadable_image(course: Path, content: bytes) -> None:
    (course / "svhn/data/val004.png").write_bytes(content)
    with pytest.raises(InputError, match=r"val\.csv, line 6: .*val004\.png: not readable as a picture"):
        read(course, "test")


def test_truncated_image(course: Path) -> None:
    path = course / "svhn/data/val004.png"
    Image.fromarray(np.random.default_rng(0).integers(256, size=(28, 28, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:800])
    with pytest.raises(InputError, match=r"line 6: .*val004\.png: not readable as a picture"):
        read(course, "test")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such file"), (b"", "line 1"), (b"\xff\xfe", "not readable")]
)
def test_missing_or_unreadable_list(course: Path, content: bytes | None, message: str) -> None:
    path = course / "svhn" / "train.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(path)) + f".*{message}"):
        read(course, "train")


def test_too_few_images(course: Path) -> None:
    path = course / "svhn" / "train.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:118]))
    with pytest.raises(InputError, match=r"train\.csv: found 11 images of the digit 7, expected 12 or more"):
        read_lists(course, "svhn")


BLANK = st.sampled_from(["", " ", "\t", ",", " , "])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=10_000)
@given(before=st.lists(BLANK, max_size=2), between=st.lists(BLANK, max_size=3), after=st.lists(BLANK, max_size=3))
def test_blank_lines_are_no_images(course: Path, before: list[str], between: list[str], after: list[str]) -> None:
    path = course / "svhn" / "val.csv"
    lines = ["image_name,label", *(f"val{i:03}.png,{i}" for i in range(6))]
    path.write_text("\n".join([*before, *lines[:3], *between, *lines[3:], *after]) + "\n")
    assert levels(course, "test") == {5 * i: i for i in range(6)}
    path.write_text("\n".join([*before, *lines[:3], *between, "val009.png,12", *after]))
    with pytest.raises(InputError, match=rf"val\.csv, line {len(before) + 4 + len(between)}: found label '12'"):
        read(course, "test")


def test_spaces_around_a_cell_are_no_part_of_it(course: Path) -> None:
    path = course / "svhn" / "val.csv"
    path.write_text(path.read_text().replace(",", " , "))
    assert levels(course, "test") == {5 * i: i for i in range(6)}


def test_the_digits_of_scanners_and_cut_outs(course: Path) -> None:
    """16 bits, turned by EXIF, on a transparent ground."""
    data = course / "svhn/data"
    Image.fromarray(np.full((28, 28), 100 * 257, np.uint16)).save(data / "val000.png")
    upright = np.zeros((28, 28, 3), np.uint8)
    upright[:14] = 250
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(upright[::-1]).save(data / "val001.png", exif=exif)
    Image.new("RGBA", (28, 28), (255, 0, 255, 0)).save(data / "val002.png")
    digits, _ = read(course, "test")
    found = dict(zip(digits.labels.tolist(), digits.images, strict=True))
    assert (found[0] == 100).all() and (found[2] == 255).all()
    np.testing.assert_array_equal(found[1], upright)


def test_images_that_no_list_names_are_counted(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_lists(course, "svhn")
    assert capsys.readouterr().err == ""
    Image.new("RGB", (28, 28)).save(course / "svhn/data/other.png")
    read_lists(course, "svhn")
    told = capsys.readouterr().err
    assert told == f"{course / 'svhn/data'}: not read: 'other.png'; neither train.csv nor val.csv names it\n"


def test_a_fault_in_the_last_list_is_told_before_an_image_is_read(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unexpected(path: Path) -> None:
        raise AssertionError(f"{path} was read before the lists")

    monkeypatch.setattr(folder_module, "read_image", unexpected)
    (course / "svhn/data/val005.png").unlink()
    with pytest.raises(InputError, match=r"val\.csv, line 7: .*val005\.png: no such image"):
        read_lists(course, "svhn")
