"""Street numbers: readable, varied, the same each time, and with nothing of the test split in training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rediffuse.data.digits.dataset import Digits, Split
from rediffuse.data.sources.digits import street
from rediffuse.data.sources.digits.glyphs import HEIGHT, TALLEST, WIDTH, Glyphs, load_glyphs
from rediffuse.data.sources.digits.street_camera import Camera, contrast, draw_camera, legible, resampling
from rediffuse.data.sources.digits.street_paint import Scene, Walls, paint
from rediffuse.data.sources.digits.street_scene import Lots, draw_colours, draw_row
from rediffuse.data.sources.shared.packages import font_table
from rediffuse.data.sources.shared.photographs import load_canvas
from rediffuse.data.sources.shared.randomness import BLOCK, block_rng


@pytest.fixture(scope="module")
def glyphs(packages: Path) -> Glyphs:
    return load_glyphs([font for font in font_table() if font.split == "train"], packages)


@pytest.fixture(scope="module")
def walls() -> Walls:
    return Walls.of(load_canvas("street", "train"))


def scene_and_camera(glyphs: Glyphs, walls: Walls, block: int) -> tuple[Scene, Camera]:
    lots = Lots(block_rng(0, "street", "train", block))
    scene = paint(lots, glyphs, walls)
    return scene, draw_camera(lots, scene.width)


def photographed(part: torch.Tensor, camera: Camera) -> torch.Tensor:
    return resampling(camera, 1)[:, None] @ part @ resampling(camera, 0)[:, None].transpose(2, 3)


def test_every_image_is_readable(glyphs: Glyphs, walls: Walls, street_train: Digits) -> None:
    """The digit's shape stands out from what is around it in the finished image, noise and JPEG included."""
    steps = []
    for block in range(len(street_train) // BLOCK):
        scene, camera = scene_and_camera(glyphs, walls, block)
        images = street_train.images[block * BLOCK : (block + 1) * BLOCK]
        np.testing.assert_array_equal(scene.labels, street_train.labels[block * BLOCK : (block + 1) * BLOCK])
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
        digit, digits = photographed(scene.digit, camera), photographed(scene.digits, camera)
        steps.append(contrast(pixels, digit, digits)[0].abs())
    found = torch.cat(steps).numpy()
    assert found.min() > 0.08
    assert np.quantile(found, 0.02) > 0.11
    assert np.quantile(found, 0.25) < 0.25  # poor contrast is part of the set


def test_labels_name_what_is_drawn(glyphs: Glyphs, walls: Walls) -> None:
    """Mean shapes of some blocks recognise the digits of another, far above one in ten."""
    scenes = [scene_and_camera(glyphs, walls, block)[0] for block in range(8, 14)]
    shapes = torch.cat([torch.nn.functional.avg_pool2d(s.digit, 4).flatten(1) for s in scenes]).numpy()
    labels = np.concatenate([s.labels for s in scenes])
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    known, asked = slice(None, -BLOCK), slice(-BLOCK, None)
    means = np.stack([shapes[known][labels[known] == k].mean(axis=0) for k in range(10)])
    assert ((shapes[asked] @ means.T).argmax(axis=1) == labels[asked]).mean() > 0.6


def test_digit_fills_the_frame_and_stays_in_it(glyphs: Glyphs, walls: Walls) -> None:
    cover = scene_and_camera(glyphs, walls, 0)[0].digit[:, 0] > 0.5
    rows = cover.any(dim=2).sum(dim=1) / 56
    columns = cover.any(dim=1).sum(dim=1) / 56
    larger = torch.maximum(rows, columns).numpy()
    assert 0.70 < np.median(larger) < 0.95
    assert np.quantile(larger, 0.01) > 0.5
    inside = cover[:, 4:-4, 4:-4].sum(dim=(1, 2)) / cover.sum(dim=(1, 2))
    assert inside.min() > 0.7 and inside.mean() > 0.97


def test_most_have_neighbours(glyphs: Glyphs) -> None:
    rows = [draw_row(Lots(block_rng(0, "neighbours", "train", block)), glyphs) for block in range(16)]
    count = np.concatenate([row.present.sum(axis=1) - 1 for row in rows])
    assert [(count == k).mean() for k in range(3)] == pytest.approx([0.04, 0.76, 0.20], abs=0.03)
    assert all(row.present[:, 0].all() for row in rows)
    left, right = (np.concatenate([row.shift[row.present[:, k], k, 0] for row in rows]) for k in (1, 2))
    assert left.max() < 0 < right.min()


def test_light_on_dark_as_often_as_dark_on_light() -> None:
    colours = [draw_colours(Lots(block_rng(0, "colours", "train", block))) for block in range(16)]
    luma = np.array([0.299, 0.587, 0.114])
    step = np.concatenate([(c.digit - c.ground) @ luma for c in colours])
    assert 0.4 < (step > 0).mean() < 0.6
    assert np.abs(step).min() > 0.16
    assert all(((c >= 0) & (c <= 1.0001)).all() for block in colours for c in (block.ground, block.digit, block.wall))


def test_a_vanished_digit_is_brought_back(glyphs: Glyphs, walls: Walls) -> None:
    scene, camera = scene_and_camera(glyphs, walls, 1)
    digit, digits = photographed(scene.digit, camera), photographed(scene.digits, camera)
    for level in (0.0, 0.5, 1.0):
        image = legible(torch.full((BLOCK, 3, 28, 28), level), digit, digits, camera)
        assert contrast(image, digit, digits)[0].abs().min() > 0.1
        assert image.min() >= 0 and image.max() <= 1


def test_a_clear_image_is_left_alone(glyphs: Glyphs, walls: Walls) -> None:
    scene, camera = scene_and_camera(glyphs, walls, 1)
    digit, digits = photographed(scene.digit, camera), photographed(scene.digits, camera)
    image = (0.1 + 0.8 * digits).expand(-1, 3, -1, -1)
    torch.testing.assert_close(legible(image, digit, digits, camera), image)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_image_does_not_depend_on_the_size_of_its_set_or_on_threads(
    packages: Path, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(street, "WORKERS", 2)
    large = street.make_street(packages, split, BLOCK + 40, 5)
    monkeypatch.setattr(street, "WORKERS", 1)
    small = street.make_street(packages, split, 30, 5)
    alone = street.make_street(packages, split, BLOCK + 40, 5)
    assert len(large) == BLOCK + 40
    assert alone.images.tobytes() == large.images.tobytes() and alone.labels.tobytes() == large.labels.tobytes()
    np.testing.assert_array_equal(small.images, large.images[:30])
    np.testing.assert_array_equal(small.labels, large.labels[:30])
    assert not (large.images[:40] == large.images[BLOCK:]).all(axis=(1, 2, 3)).any()


def test_threads_of_torch_are_as_before(packages: Path) -> None:
    before = torch.get_num_threads()
    street.make_street(packages, "val", 1, 0)
    assert torch.get_num_threads() == before


def test_splits_and_seeds_differ(packages: Path, street_train: Digits, street_test: Digits) -> None:
    others = [street.make_street(packages, "val", 200, 0), street.make_street(packages, "train", 200, 1)]
    for other in [*others, street_test]:
        assert not (street_train.images[:200] == other.images[:200]).all(axis=(1, 2, 3)).any()


def test_validation_shares_the_fonts_of_training_and_test_has_its_own(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: dict[str, set[str]] = {}
    photos: dict[str, set[str]] = {}

    def record(split: Split) -> None:
        monkeypatch.setattr(
            street, "load_glyphs", lambda fonts, folder: used.update({split: {f.family for f in fonts}})
        )
        monkeypatch.setattr(street.Walls, "of", lambda canvas: photos.update({split: set(canvas.names)}))
        monkeypatch.setattr(
            street, "make_block", lambda *_: (np.zeros((1, 28, 28, 3), np.uint8), np.zeros(1, np.uint8))
        )
        street.make_street(packages, split, 1, 0)

    for split in ("train", "val", "test"):
        record(split)
    assert used["train"] == used["val"] and not used["train"] & used["test"]
    assert photos["train"] == photos["val"] and not photos["train"] & photos["test"]


def test_labels_are_uniform_and_images_varied(street_train: Digits) -> None:
    assert street_train.images.dtype == np.uint8 and street_train.images.shape == (1024, 28, 28, 3)
    assert np.bincount(street_train.labels, minlength=10).min() > 70
    assert street_train.images.reshape(1024, -1).std(axis=1).min() > 4  # none is blank
    means = street_train.images.mean(axis=(1, 2))
    assert means.std(axis=0).min() > 30  # dark and light ones
    assert (np.ptp(means, axis=1) > 20).mean() > 0.3  # a good part has a colour


def test_glyphs_are_measured_and_distances_are_signed(glyphs: Glyphs) -> None:
    assert glyphs.distance.shape[1:] == (10, HEIGHT, WIDTH)
    inside = glyphs.distance > -0.5  # hairlines are thinner than a pixel
    heights = inside.any(axis=3).sum(axis=2)
    widths = inside.any(axis=2).sum(axis=2)
    assert np.abs(heights - glyphs.size[..., 1]).max() <= 2.0
    assert np.abs(widths - glyphs.size[..., 0]).max() <= 2.0
    assert heights.max(axis=1).max() <= TALLEST + 2
    assert not inside[:, :, 0].any() and not inside[:, :, :, 0].any()  # no digit touches its tile's edge
    slope = np.abs(np.diff(glyphs.distance[:, 8], axis=2))
    assert slope.max() < 1.6  # a distance changes by at most the step, but for the rasters' error


def test_weights_of_a_family_differ(glyphs: Glyphs) -> None:
    several = [rows for rows in glyphs.families if len(rows) > 1]
    assert len(several) > 20
    for rows in several:
        ink = (glyphs.distance[rows] > 0).mean(axis=(1, 2, 3))
        assert (np.diff(ink) > 0).all()  # the table lists them from light to bold
