"""Corruptions: the same alone as in a batch, stronger with severity, and what their names say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import gaussian

from rediffuse.studies.a2_zeroshot_robustness.corruptions import KINDS, SEVERITIES, Kind, corrupt, level


def pictures(count: int, size: int = 32) -> torch.Tensor:
    """Smooth pictures with an edge in each, away from black and white, where noise would be cut off."""
    random = np.random.default_rng(7)
    coarse = torch.from_numpy(random.uniform(70, 180, (count, 3, 5, 5)))
    smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic")
    smooth[..., size // 3 : size // 2] += 40
    return smooth.clamp(0, 255).to(torch.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_alone_as_in_a_batch(kind: Kind) -> None:
    many, indices = pictures(6), torch.tensor([0, 3, 4, 9, 27, 1000])
    together = corrupt(many, kind, 3, 5, "study", indices)
    assert together.dtype == torch.uint8 and together.shape == many.shape
    for place in (4, 0, 5):
        alone = corrupt(many[place : place + 1], kind, 3, 5, "study", indices[place : place + 1])
        assert torch.equal(alone[0], together[place])


def test_each_picture_seed_and_study_has_noise_of_its_own() -> None:
    grey = torch.full((2, 3, 32, 32), 128, dtype=torch.uint8)
    first, second = corrupt(grey, "noise", 2, 0, "study", torch.tensor([0, 1]))
    other_seed = corrupt(grey[:1], "noise", 2, 1, "study", torch.tensor([0]))[0]
    other_study = corrupt(grey[:1], "noise", 2, 0, "other", torch.tensor([0]))[0]
    found = [first, second, other_seed, other_study]
    assert all(not torch.equal(a, b) for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [32, 96])
def test_further_from_the_picture_with_severity(kind: Kind, size: int) -> None:
    many = pictures(8, size)
    indices = torch.arange(8)
    distances = [
        float((corrupt(many, kind, severity, 0, "study", indices).float() - many.float()).square().mean())
        for severity in SEVERITIES
    ]
    assert distances == sorted(distances) and distances[0] > 0
    levels = [level(kind, severity, size) for severity in SEVERITIES]
    assert levels == sorted(levels) and len(set(levels)) == 5


def test_noise_has_the_named_deviation() -> None:
    grey = torch.full((4, 3, 128, 128), 128, dtype=torch.uint8)
    for size, severity, wanted in ((32, 1, 0.04), (32, 5, 0.10), (64, 1, 0.04), (64, 5, 0.18), (128, 1, 0.08)):
        noisy = corrupt(grey[..., :size, :size], "noise", severity, 0, "study", torch.arange(4))
        assert float((noisy.float() / 255).std()) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize(
    ("size", "sigmas"),
    [(32, (0.4, 0.6, 0.7, 0.8, 1)), (64, (0.5, 0.75, 1, 1.25, 1.5)), (224, (1, 2, 3, 4, 6))],
    ids=["CIFAR-10-C", "Tiny ImageNet-C", "ImageNet-C"],
)
def test_blur_is_the_gaussian_of_the_set_of_that_size(size: int, sigmas: tuple[float, ...]) -> None:
    picture = pictures(1, size)
    for severity, sigma in zip(SEVERITIES, sigmas, strict=True):
        found = corrupt(picture, "blur", severity, 0, "study", torch.tensor([0]))[0]
        wanted = gaussian(picture[0].permute(1, 2, 0).numpy() / 255, sigma=sigma, channel_axis=-1)
        assert np.abs(found.permute(1, 2, 0).numpy() - 255 * wanted).max() < 0.51


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    many = pictures(12)
    turned = corrupt(many, "rotation", 5, 0, "study", torch.arange(12))
    ways = []
    for before, after in zip(many, turned, strict=True):
        fits = [(before.rot90(way, (1, 2)).int() - after.int()).abs().max() <= 1 for way in (1, -1)]
        assert fits.count(True) == 1
        ways.append(fits[0])
    assert {True, False} == {bool(way) for way in ways}  # to the left and to the right


def test_rotation_leaves_no_black_corners() -> None:
    white = torch.full((3, 3, 32, 32), 255, dtype=torch.uint8)
    for severity in SEVERITIES:
        assert corrupt(white, "rotation", severity, 0, "study", torch.arange(3)).min() == 255


@given(st.sampled_from(KINDS), st.sampled_from(SEVERITIES), st.integers(0, 2**31 - 1), st.integers(0, 10**6))
def test_the_direction_and_the_noise_stay_over_severities(kind: Kind, severity: int, seed: int, index: int) -> None:
    picture = pictures(1)
    first, again = (corrupt(picture, kind, severity, seed, "study", torch.tensor([index])) for _ in range(2))
    assert torch.equal(first, again)
    if kind == "noise":
        stronger = corrupt(picture, kind, 5, seed, "study", torch.tensor([index])).float() - picture.float()
        weaker = first.float() - picture.float()
        assert (weaker * stronger >= 0).float().mean() > 0.99  # the same sign, up to rounding
