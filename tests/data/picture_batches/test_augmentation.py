"""Augmentation does what it says, and nothing where it is asked for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from rediffuse.data.picture_batches.augmentation import augmented, contoured
from rediffuse.data.picture_batches.shared_params import AugmentationSection

NOTHING = {"brightness": 0.0, "contrast": 0.0, "colour": 0.0, "grey": 0.0, "contours": 0.0}
PICTURES = torch.randint(0, 256, (64, 3, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def changed(**section: Any) -> torch.Tensor:
    return augmented(
        PICTURES, AugmentationSection.model_validate({**NOTHING, **section}), torch.Generator().manual_seed(1)
    )


def test_nothing_asked_for_nothing_changed() -> None:
    torch.testing.assert_close(changed(), PICTURES / 255, rtol=0, atol=1e-6)


def test_grey_pictures_keep_their_brightness() -> None:
    found = changed(grey=1.0)
    luma = torch.einsum("bchw,c->bhw", PICTURES / 255, torch.tensor([0.299, 0.587, 0.114]))
    torch.testing.assert_close(found, luma[:, None].expand(-1, 3, -1, -1), rtol=0, atol=1e-5)
    some = changed(grey=0.5)
    grey = (some.amax(1) - some.amin(1)).amax((1, 2)) < 1e-5
    assert 15 < int(grey.sum()) < 49


@pytest.mark.parametrize("section", [{"brightness": 0.2}, {"contrast": 0.5}, {"colour": 0.3}, {"contours": 1.0}])
def test_each_picture_is_changed_in_its_own_way_and_stays_in_range(section: dict[str, float]) -> None:
    found = changed(**section)
    assert float(found.min()) >= 0 and float(found.max()) <= 1
    moved = (found - PICTURES / 255).flatten(1).mean(1)
    assert len(set(moved.tolist())) == len(moved)
    assert torch.equal(found, changed(**section))


def test_brightness_moves_all_channels_alike_and_no_further_than_asked() -> None:
    grey = torch.full((50, 3, 4, 4), 128, dtype=torch.uint8)
    section = AugmentationSection.model_validate({**NOTHING, "brightness": 0.2})
    moved = augmented(grey, section, torch.Generator().manual_seed(2)) - 128 / 255
    assert float(moved.abs().max()) <= 0.2 + 1e-6 and float(moved.amax() - moved.amin()) > 0.3
    torch.testing.assert_close(moved, moved[:, :1, :1, :1].expand_as(moved))


def test_ink_lies_on_edges_only() -> None:
    half = torch.zeros(1, 3, 6, 8)
    half[..., 4:] = 1.0
    inked = contoured(half, torch.ones(1, 1, 1, 1))
    assert (inked[..., 4] == 0).all(), "the bright side of the edge"
    assert torch.equal(inked[..., 5:], half[..., 5:])
    assert torch.equal(contoured(half, torch.zeros(1, 1, 1, 1)), half)


def test_colours_keep_their_precision_within_a_training_step() -> None:
    alone = changed(colour=0.3, contours=0.5)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(changed(colour=0.3, contours=0.5), alone)
