"""The trivial baselines are what they are said to be, and see training drawings alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rediffuse.data.labelled import LabelledSet
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet
from rediffuse.evaluation import pixel_baselines as pixels
from rediffuse.evaluation.pixel_baselines import (
    SIDE,
    PixelBank,
    composed_bank,
    labelled_baseline,
    on_white,
    reduced_pixels,
    white_bank,
)
from tests.support.small_pictures import Noted


def flat(values: list[float]) -> torch.Tensor:
    return torch.tensor(values)[:, None].expand(-1, 3 * SIDE**2).contiguous()


def test_the_nearest_picture_and_the_nearest_mean() -> None:
    bank = PixelBank(flat([0.0, 20.0, 100.0, 240.0]), torch.tensor([7, 8, 9, 7]), torch.tensor([0, 0, 1, 1]))
    images = torch.tensor([5, 90, 200]).to(torch.uint8)[:, None, None, None].expand(3, 3, 64, 64)
    assert bank.things(images).tolist() == [7, 9, 7]
    assert bank.scenes(images).tolist() == [0, 0, 1], "the means are 10 and 170, and 90 lies midway: the first"


def test_pixels_are_means_of_blocks_whatever_the_size() -> None:
    images = torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    by_hand = images.float().unflatten(2, (SIDE, 4)).unflatten(4, (SIDE, 4)).mean((3, 5)).flatten(1)
    torch.testing.assert_close(reduced_pixels(images), by_hand)
    assert reduced_pixels(images[:, :, :40, :30]).shape == (3, 3 * SIDE**2)


def test_the_bank_holds_training_drawings_on_training_backgrounds(
    pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted(monkeypatch, pixels)  # refuses backgrounds of the test side
    rows = pictures.rows("clip", "train")
    bank = composed_bank(pictures, rows, 10 * len(rows), seed=3)
    drawings = torch.cat([recipe.drawing for recipe in noted.recipes])
    assert len(bank.pixels) == 10 * len(rows) and set(drawings.tolist()) == set(rows.tolist())
    assert torch.equal(bank.thing, pictures.thing[drawings])
    assert torch.bincount(bank.scene).tolist() == [2 * len(rows)] * len(SCENES)
    again = composed_bank(pictures, rows, 10 * len(rows), seed=3)
    assert torch.equal(again.pixels, bank.pixels)


def test_on_white_shows_the_drawing_and_nothing_else(pictures: PictureSet) -> None:
    rows = pictures.rows("clip", "train")
    images = on_white(pictures, rows)
    clear = (pictures.rgba[rows, 3:] == 0).expand(-1, 3, -1, -1)
    full = (pictures.rgba[rows, 3:] == 255).expand(-1, 3, -1, -1)
    assert (images[clear] == 255).all() and torch.equal(images[full], pictures.rgba[rows][:, :3][full])
    bank = white_bank(pictures, rows)
    assert torch.equal(bank.things(images), pictures.thing[rows]), "each is its own nearest neighbour"


def test_a_labelled_folder_is_compared_only_where_its_labels_are_things(pictures: PictureSet) -> None:
    rows = pictures.rows("clip", "test")
    rows = rows[pictures.thing[rows] < 2]
    images = tuple(on_white(pictures, rows))
    names = ("apple", "bear")
    made = LabelledSet(images, pictures.thing[rows], names, tuple("abcd"), tuple("abcd"))
    found = labelled_baseline(made, pictures, 200)
    assert found is not None and found.shape == (len(rows),) and images[0].shape[-1] == SIZE
    assert labelled_baseline(replace(made, names=("apple", "zebra")), pictures, 200) is None
