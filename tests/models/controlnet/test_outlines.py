"""Outlines are closed, lie where the drawing is put, and are found again in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage import segmentation

from rediffuse.data.pictures.composing import Recipe, compose, draw_recipe
from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.models.controlnet.outlines import FIELD, PADDING, boundaries, drawing_outlines, picture_outlines
from rediffuse.models.controlnet.params import HandSection
from rediffuse.models.controlnet.sketches import Outlines, as_condition, sketch_side, steady_hand
from rediffuse.models.controlnet.training import draw_hand
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a8_sketch_to_image.study import match_sketches, sketch_f1
from tests.support.discs import BLACK, BLUE, RED, disc, discs
from tests.support.text2image import ROOT

HAND = HandSection.model_validate(read_yaml(ROOT / "params.yaml")["train_controlnet"]["hand"])


def circle(radius: float) -> np.ndarray:
    """Places within a pixel of a circle around the middle, bool [FIELD, FIELD]."""
    away = np.arange(FIELD) - (FIELD - 1) / 2
    return np.abs(np.hypot(away[:, None], away) / 2 - radius) <= 1


def holes(lines: np.ndarray) -> int:
    """How many areas lines enclose, the outside not counted."""
    return int(ndimage.label(~np.pad(lines, 1))[1]) - 1


def test_boundaries_are_those_of_skimage() -> None:
    regions = np.random.default_rng(0).integers(0, 3, (9, 7))
    assert np.array_equal(boundaries(regions), segmentation.find_boundaries(regions, mode="subpixel", background=9))


def test_a_disc_is_a_circle_and_a_disc_on_it_another() -> None:
    shape, lines = drawing_outlines(disc(12, BLUE, disc(26, RED)).numpy())
    assert holes(shape) == 1 and holes(lines) == 2
    assert shape.any() and not (shape & ~circle(26)).any()
    assert not (lines & ~circle(26) & ~circle(12)).any()
    assert (lines & circle(12)).sum() > 2 * np.pi * 12  # two places to a pixel


def test_a_drawn_outline_is_one_line_in_its_middle() -> None:
    _, lines = drawing_outlines(disc(23, RED, disc(26, BLACK)).numpy())
    assert holes(lines) == 1 and not (lines & ~circle(24.5)).any()


def test_an_empty_drawing_has_none_and_a_full_one_is_closed() -> None:
    assert not np.any(drawing_outlines(np.zeros((4, SIZE, SIZE), dtype=np.uint8)))
    shape, lines = drawing_outlines(np.full((4, SIZE, SIZE), 200, dtype=np.uint8))
    assert holes(shape) == holes(lines) == 1 and not shape[: 2 * PADDING - 2].any()


@pytest.fixture(scope="module")
def recipe(pictures: PictureSet) -> Recipe:
    rows = torch.arange(0, len(pictures.rgba), 5)  # one of each thing
    return draw_recipe(pictures, rows, generator(0, "outlines", 0), side="train")


@pytest.mark.parametrize("side", [32, 64])
def test_a_sketch_follows_the_recipe(side: int, pictures: PictureSet, recipe: Recipe) -> None:
    changed = replace(pictures, rgba=disc(20, RED).expand(len(pictures.rgba), -1, -1, -1))
    sketches = Outlines.of(changed, recipe.drawing).sketch(recipe, steady_hand(len(recipe)), side)
    centre = (torch.arange(side) + 0.5) / side
    for sketch, x, y, size in zip(sketches, recipe.x, recipe.y, recipe.size, strict=True):
        away = torch.hypot(centre[:, None] - y, centre - x)
        radius = 20 / SIZE * size
        assert holes(sketch.numpy()) == 1
        assert ((away[sketch] - radius).abs() * side).max() < 2


def test_a_sketch_is_the_same_alone_and_its_lines_are_in_the_picture(pictures: PictureSet, recipe: Recipe) -> None:
    pictures, plain = discs(pictures), replace(recipe, scene=torch.zeros_like(recipe.scene))
    outlines, hand = Outlines.of(pictures, plain.drawing), steady_hand(len(plain))
    sketches = outlines.sketch(plain, hand, SIZE)
    assert torch.equal(outlines.sketch(plain[3:5], hand[3:5], SIZE), sketches[3:5])
    images = compose(pictures, plain, SIZE, "train")
    own, others = (sketch_f1(picture_outlines(part, SIZE), sketches).mean() for part in (images, images.roll(1, 0)))
    assert own > 0.95 and others < 0.5


def test_hands_differ_within_their_limits_and_a_steady_one_does_not(pictures: PictureSet, recipe: Recipe) -> None:
    hand = draw_hand(4000, HAND, generator(0, "hands", 0))
    assert hand.width.min() >= HAND.line_widths[0] and hand.width.max() <= HAND.line_widths[1]
    assert hand.shift.abs().max() <= HAND.shift and (hand.scale - 1).abs().max() <= HAND.scale + 1e-6
    assert hand.inner.float().mean().item() == pytest.approx(1 - HAND.shape_only, abs=0.03)
    assert hand.bend.std().item() == pytest.approx(HAND.bend, rel=0.05)
    outlines = Outlines.of(pictures, recipe.drawing)
    exact = outlines.sketch(recipe, steady_hand(len(recipe)), SIZE)
    drawn = outlines.sketch(recipe, hand[: len(recipe)], SIZE)
    again = outlines.sketch(recipe, draw_hand(4000, HAND, generator(0, "hands", 0))[: len(recipe)], SIZE)
    assert torch.equal(drawn, again) and not torch.equal(drawn, exact)


def test_a_shifted_hand_shifts_the_sketch(pictures: PictureSet) -> None:
    changed = replace(pictures, rgba=disc(16, RED).expand(len(pictures.rgba), -1, -1, -1))
    recipe = draw_recipe(pictures, torch.tensor([0]), generator(0, "outlines", 0), side="train")
    still = {"angle": torch.zeros(1), "mirrored": torch.tensor([False]), "size": torch.ones(1)}
    recipe = replace(recipe, **still, x=torch.tensor([0.5]), y=torch.tensor([0.5]))
    outlines, steady = Outlines.of(changed, recipe.drawing), steady_hand(1)
    moved = outlines.sketch(recipe, replace(steady, shift=torch.tensor([[0.0625, 0.0]])), SIZE)
    assert torch.equal(moved, outlines.sketch(recipe, steady, SIZE).roll(4, 2))
    larger = outlines.sketch(recipe, replace(steady, scale=torch.tensor([1.5])), SIZE)[0].nonzero()
    assert (larger.amax(0) - larger.amin(0) + 1).tolist() == pytest.approx([48, 48], abs=2)


def test_a_match_is_the_own_sketch_among_its_rivals() -> None:
    sketches = torch.rand(6, 64, 64, generator=generator(0, "match", 0)) < 0.02
    rivals = torch.stack([sketches.roll(step, 0) for step in (1, 2, 3)], dim=1)
    assert match_sketches(sketches, sketches, rivals).all()
    assert not match_sketches(sketches.roll(1, 0), sketches, rivals).any()
    assert not match_sketches(sketches, sketches, sketches[:, None]).any(), "a tie is no match"


def test_sketches_are_as_large_as_the_pictures_up_to_the_drawings() -> None:
    assert [sketch_side(side) for side in (32, 64, 512)] == [32, 64, 64]
    drawn = as_condition(torch.ones(1, 64, 64, dtype=torch.bool), 128)
    assert drawn.shape == (1, 3, 128, 128) and drawn.min() == drawn.max() == 1
