"""What the denoiser learns from: no thing, style or pair that is held out, each drawing as often as any other."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import HeldOut, PictureSet
from rediffuse.models.text2image import latents as module
from rediffuse.models.text2image.autoencoder import encode, make_autoencoder
from rediffuse.models.text2image.latents import SMALLEST, latent_recipe, make_latents, place_weights
from tests.support.small_pictures import HELD_OUT_THING
from tests.support.text2image import Changed

ALL = 11  # things that are not held out
FREE = HeldOut({who: frozenset() for who in ("clip", "judge", "all")}, frozenset(), frozenset())


def seen(pictures: PictureSet, changed: Changed, things: int) -> tuple[set[int], set[int], set[tuple[int, int]]]:
    """Styles, things and pairs of a thing and a scene that are learned from."""
    recipe = latent_recipe(pictures, changed(things=things, pictures=2000, defects=0.5))
    told, scenes = pictures.thing[recipe.drawing].tolist(), recipe.scene.tolist()
    return set(pictures.style[recipe.drawing].tolist()), set(told), set(zip(told, scenes, strict=True))


def test_nothing_held_out_is_learned(pictures: PictureSet, changed: Changed) -> None:
    styles, things, pairs = seen(pictures, changed, ALL)
    assert styles == set(range(5)) - pictures.held_out.styles_of("clip")
    assert things == set(range(12)) - {HELD_OUT_THING}
    assert not pairs & pictures.held_out.pairs and len(pairs) == ALL * 4


def test_what_is_not_held_out_would_be_learned(pictures: PictureSet, changed: Changed) -> None:
    """So the test above can fail."""
    styles, things, pairs = seen(dataclasses.replace(pictures, held_out=FREE), changed, 12)
    assert (len(styles), len(things), len(pairs)) == (5, 12, 12 * 5)


def test_every_drawing_as_often_as_any_other(pictures: PictureSet, changed: Changed) -> None:
    drawings = latent_recipe(pictures, changed(pictures=100)).drawing
    counts = drawings.unique(return_counts=True)[1]
    assert len(counts) == 8 * 3 and counts.max() - counts.min() <= 1


def test_the_recipe_is_that_of_the_seed(pictures: PictureSet, changed: Changed) -> None:
    first, again, other = (latent_recipe(pictures, changed(seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(first.drawing, again.drawing) and torch.equal(first.seed, again.seed)
    assert not torch.equal(first.seed, other.seed)


def test_latents_are_those_of_the_recipes_pictures(
    pictures: PictureSet, changed: Changed, exact: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 13)
    params = changed()
    autoencoder = make_autoencoder(params).eval().requires_grad_(False)
    learned = make_latents(autoencoder, pictures, params)
    assert len(learned) == 60 and learned.latents.shape == (60, 4, 4, 4)
    composed = compose(pictures, learned.recipe, 16, "train")
    torch.testing.assert_close(encode(autoencoder, composed), learned.latents, rtol=0, atol=1e-4)
    torch.testing.assert_close(learned.latents.mean(dim=(0, 2, 3)), torch.zeros(4), rtol=0, atol=1e-5)
    torch.testing.assert_close(learned.latents.std(dim=(0, 2, 3)), torch.ones(4), rtol=0, atol=1e-5)


@pytest.mark.parametrize("drawing_weight", [0.0, 1.0, 5.0])
def test_the_weight_of_the_drawing_against_that_of_the_background(
    drawing_weight: float, pictures: PictureSet, changed: Changed, exact: None
) -> None:
    """A drawing of full opacity is set in the middle: the places inside of it against those outside."""
    solid = dataclasses.replace(pictures, rgba=torch.full_like(pictures.rgba, 255))
    params = changed(drawing_weight=drawing_weight, defects=0.0)
    weights = make_latents(make_autoencoder(params).eval(), solid, params).weights
    assert weights.shape == (60, 1, 4, 4) and float(weights.mean()) == pytest.approx(1, abs=1e-5)
    inside, corner = weights[:, :, 1:3, 1:3], weights[:, :, 0, 0]
    assert torch.equal(inside, inside[:1, :, :1, :1].expand_as(inside))
    more = drawing_weight / 0.92**2  # of a place by its share of the square drawing, which covers 0.92²
    corner_covered = 0.84**2  # of the corner's place: sides of 0.25, from 0.04 on
    assert float(inside.mean() / corner.mean()) == pytest.approx((1 + more) / (1 + more * corner_covered), rel=0.05)


def test_place_weights_by_hand() -> None:
    covered = torch.tensor([[0.0, 0.5, 1.0], [0.0, 0.0, 0.3]]).view(2, 1, 1, 3)
    by_hand = [0.5, 1.0, 1.5, 0.5, 0.5, 2.0]  # half of 1 + covered / mean of the row
    assert place_weights(covered, 1.0).flatten().tolist() == pytest.approx(by_hand)
    assert place_weights(covered, 0.0).flatten().tolist() == [1.0] * 6


@given(
    covered=st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4),
    errors=st.lists(st.floats(0, 10, width=32), min_size=4, max_size=4),
    drawing_weight=st.floats(0, 100),
)
def test_the_weighted_loss_is_the_mean_over_the_picture_and_the_mean_over_the_drawing(
    covered: list[float], errors: list[float], drawing_weight: float
) -> None:
    places, squares = torch.tensor(covered, dtype=torch.float64), torch.tensor(errors, dtype=torch.float64)
    assume(float(places.mean()) >= SMALLEST)
    of_picture, of_drawing = squares.mean(), (squares * places).sum() / places.sum()
    wanted = (of_picture + drawing_weight * of_drawing) / (1 + drawing_weight)
    found = (place_weights(places.view(1, 1, 2, 2), drawing_weight).flatten() * squares).mean()
    assert float(found) == pytest.approx(float(wanted), abs=1e-9)


def test_a_drawing_that_is_not_in_the_picture_gives_weights_that_are_finite() -> None:
    assert place_weights(torch.zeros(1, 1, 2, 2), 3.0).flatten().tolist() == [0.25] * 4
