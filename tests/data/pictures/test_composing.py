"""Pictures are a function of their row of the recipe, and defects change them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.data.pictures.composing import SIZES, Recipe, centred, compose, coverage, draw_recipe, rearranged
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.data.pictures.defects import DEFECTS
from tests.support.small_pictures import small_pictures

PICTURES = small_pictures()


def drawn(seed: int, count: int = 24, defects: float = 0.6, pictures: PictureSet = PICTURES) -> Recipe:
    random = torch.Generator().manual_seed(seed)
    drawings = torch.randint(len(pictures.thing), (count,), generator=random)
    return draw_recipe(pictures, drawings, random, side="train", defects=defects)


def all_of(recipe: Recipe, defect: str) -> Recipe:
    return replace(recipe, defect=torch.full((len(recipe),), DEFECTS.index(defect)))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    rows=st.lists(st.integers(0, 23), min_size=1, max_size=9),
    resolution=st.sampled_from((16, 20, 32, 64)),
)
def test_a_picture_depends_on_its_row_alone_bit_for_bit(seed: int, rows: list[int], resolution: int) -> None:
    recipe = drawn(seed)
    together = compose(PICTURES, recipe, resolution, "train")
    assert torch.equal(compose(PICTURES, recipe[torch.tensor(rows)], resolution, "train"), together[rows])
    assert torch.equal(compose(PICTURES, recipe, resolution, "train"), together)
    assert together.shape == (24, 3, resolution, resolution)
    assert together.dtype == torch.uint8


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), defects=st.floats(0, 1))
def test_a_recipe_stays_in_its_ranges_and_is_repeatable(seed: int, defects: float) -> None:
    recipe, again = drawn(seed, 64, defects), drawn(seed, 64, defects)
    assert all(torch.equal(getattr(recipe, part.name), getattr(again, part.name)) for part in fields(Recipe))
    assert (recipe.size >= SIZES[0]).all() and (recipe.size <= SIZES[1]).all()
    half = recipe.size / 2 - 1e-6
    for place in (recipe.x, recipe.y):
        assert (place >= half).all() and (place <= 1 - half).all(), "a thing hangs over the edge"
    assert (recipe.background < 4).all()
    if defects == 0:
        assert (recipe.defect == 0).all()
    if defects == 1:
        assert (recipe.defect > 0).all()


def test_every_defect_comes_up_as_often_as_the_others() -> None:
    counts = torch.bincount(drawn(0, 6000, 0.5).defect, minlength=len(DEFECTS))
    assert abs(counts[0] / 6000 - 0.5) < 0.03
    assert (counts[1:] > 500).all()


@pytest.mark.parametrize("resolution", [32, 64])
@pytest.mark.parametrize("defect", DEFECTS[1:])
def test_each_defect_changes_each_picture(defect: str, resolution: int) -> None:
    recipe = drawn(1, defects=0)
    sharp = compose(PICTURES, recipe, resolution, "train").float()
    spoiled = compose(PICTURES, all_of(recipe, defect), resolution, "train").float()
    assert ((sharp - spoiled).abs().mean((1, 2, 3)) > 1).all()


def test_blurring_takes_detail_away_and_compression_makes_blocks() -> None:
    recipe = drawn(2, defects=0)

    def steps(pictures: torch.Tensor) -> torch.Tensor:
        return pictures.float().diff(dim=-1).abs()

    sharp, blurry = (steps(compose(PICTURES, all_of(recipe, name), 64, "train")) for name in ("sharp", "blurry"))
    assert blurry.mean() < 0.4 * sharp.mean()
    blocks = steps(compose(PICTURES, all_of(recipe, "jpeg artifacts"), 64, "train"))
    seams, inside = blocks[..., 7::8].mean(), blocks.mean()
    assert seams / inside > 1.2 * sharp[..., 7::8].mean() / sharp.mean()


def test_a_cropped_thing_is_cut_by_the_frame() -> None:
    """What the thing covers reaches the edge where the uncropped thing leaves room."""
    black = {"train": torch.zeros_like(PICTURES.backgrounds["train"]), "test": PICTURES.backgrounds["test"]}
    white = PICTURES.rgba.clone()
    white[:] = 255
    pictures = replace(PICTURES, rgba=white, backgrounds=black)
    recipe = replace(drawn(3, defects=0), scene=torch.zeros(24, dtype=torch.int64), angle=torch.zeros(24))
    covered = {
        name: compose(pictures, all_of(recipe, name), 64, "train").float().mean((1, 2, 3)) for name in DEFECTS[::3]
    }
    edge = compose(pictures, all_of(recipe, "cropped"), 64, "train").float().mean(1)
    touched = torch.stack([edge[:, 0].amax(-1), edge[:, -1].amax(-1), edge[..., 0].amax(-1), edge[..., -1].amax(-1)])
    assert (touched.amax(0) > 0).all()
    assert (covered["cropped"] < 1.82 * 0.85 * covered["sharp"]).all(), "grown by 1.35² = 1.82, but for what is cut"


def test_mirroring_and_place_are_as_told() -> None:
    recipe = replace(drawn(4, 1, 0), scene=torch.tensor([0]), angle=torch.zeros(1), size=torch.tensor([0.5]))
    for x, y, rows, columns in ((0.25, 0.25, slice(0, 32), slice(0, 32)), (0.75, 0.5, slice(16, 48), slice(32, 64))):
        placed = replace(recipe, x=torch.tensor([x]), y=torch.tensor([y]))
        plain = {name: torch.zeros_like(part) for name, part in PICTURES.backgrounds.items()}
        full = PICTURES.rgba.clone()
        full[:, 3] = 255
        full[:, :3, :, :32], full[:, :3, :, 32:] = 40, 200  # dark left, bright right
        pictures = replace(PICTURES, rgba=full, backgrounds=plain)
        one, two = (
            compose(pictures, replace(placed, mirrored=torch.tensor([side])), 64, "train")[0] for side in (False, True)
        )
        outside = one.clone()
        outside[:, rows, columns] = 0
        assert outside.float().mean() < 2
        assert torch.equal(one[:, rows, columns].flip(-1), two[:, rows, columns])
        left, right = one[:, rows, columns].float().chunk(2, dim=-1)
        assert left.mean() < right.mean()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), smallest=st.floats(0.1, 1), stretch=st.floats(1, 3))
def test_rearranged_drawings_lie_within_the_picture(seed: int, smallest: float, stretch: float) -> None:
    before = drawn(seed, 64)
    recipe = rearranged(before, smallest, stretch, torch.Generator().manual_seed(seed))
    for part in ("drawing", "scene", "background", "angle", "defect", "seed"):
        assert torch.equal(getattr(recipe, part), getattr(before, part)), part
    width, height = recipe.size * recipe.stretch.clamp(max=1), recipe.size / recipe.stretch.clamp(min=1)
    assert (torch.maximum(width, height) >= smallest - 1e-6).all()
    assert (width / height - recipe.stretch).abs().max() < 1e-4
    assert (recipe.stretch <= stretch + 1e-5).all() and (recipe.stretch >= 1 / stretch - 1e-5).all()
    for place, side in ((recipe.x, width), (recipe.y, height)):
        assert (place >= side / 2 - 1e-6).all() and (place <= 1 - side / 2 + 1e-6).all()
    again = centred(recipe)
    assert (again.stretch == 1).all() and not again.mirrored.any()


@pytest.mark.parametrize(("stretch", "width", "height"), [(2.0, 32, 16), (0.5, 16, 32), (1.0, 32, 32)])
def test_a_stretched_drawing_is_that_much_wider(stretch: float, width: int, height: int) -> None:
    black = {name: torch.zeros_like(part) for name, part in PICTURES.backgrounds.items()}
    pictures = replace(PICTURES, rgba=torch.full_like(PICTURES.rgba, 255), backgrounds=black)
    half, flat = torch.tensor([0.5]), torch.zeros(1)
    recipe = replace(drawn(4, 1, 0), scene=torch.tensor([0]), angle=flat, size=half, x=half, y=half)
    image = compose(pictures, replace(recipe, stretch=torch.tensor([stretch])), 64, "train")[0, 0] > 127
    assert (int(image.any(0).sum()), int(image.any(1).sum())) == (width, height)
    assert int(image.sum()) == width * height


def test_coverage_is_where_the_drawing_changes_the_picture() -> None:
    recipe = replace(drawn(6, defects=0), scene=torch.zeros(24, dtype=torch.int64))
    empty = compose(PICTURES, replace(recipe, x=recipe.x + 10), 64, "train").int()
    changed = (compose(PICTURES, recipe, 64, "train").int() - empty).abs().amax(1) > 2
    covered = coverage(PICTURES, recipe, 64)
    assert covered.shape == (24, 64, 64) and covered.min() >= 0 and covered.max() <= 1
    assert not (changed & (covered == 0)).any() and (changed & (covered > 0)).any((1, 2)).all()


def test_night_darkens_and_snow_falls_before_the_thing() -> None:
    grey = {name: torch.full_like(part, 90) for name, part in PICTURES.backgrounds.items()}
    solid = torch.full_like(PICTURES.rgba, 255)
    solid[:, :3] = 120
    pictures = replace(PICTURES, rgba=solid, backgrounds=grey)
    recipe = drawn(5, defects=0)
    by_scene = {
        scene: compose(pictures, replace(recipe, scene=torch.full((24,), index)), 64, "train").float()
        for index, scene in enumerate(SCENES)
    }
    assert by_scene["night"].mean() < by_scene["day"].mean() - 5
    assert (by_scene["snow"].amax((1, 2, 3)) > 200).all()
    assert (by_scene["day"].amax((1, 2, 3)) < 160).all()


def test_a_given_scene_may_be_a_held_out_pair() -> None:
    random = torch.Generator().manual_seed(0)
    thing, scene = min(PICTURES.held_out.pairs)
    drawings = torch.nonzero(PICTURES.thing == thing).flatten()
    wanted = torch.full((len(drawings),), scene)
    recipe = draw_recipe(PICTURES, drawings, random, side="test", scene=wanted)
    assert torch.equal(recipe.scene, wanted)
