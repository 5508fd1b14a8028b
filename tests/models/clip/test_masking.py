"""What is shown of a picture lies on one side, and reads as transformers' own tower reads it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from rediffuse.models.clip.masking import kept_patches, masked_image_embeds
from rediffuse.models.clip.network import make_clip
from rediffuse.pipeline.compute import generator
from tests.support.small_clip import BatchesOf, Changed


@given(side=st.integers(1, 9), ratio=st.floats(0, 0.99), seed=st.integers(0, 999))
def test_as_many_patches_of_every_picture_and_none_twice(side: int, ratio: float, seed: int) -> None:
    kept = kept_patches(5, side, ratio, generator(seed, "masking", 0))
    assert kept.shape == (5, max(1, round(side**2 * (1 - ratio))))
    assert all(len(set(row)) == len(row) and set(row) <= set(range(side**2)) for row in kept.tolist())
    assert torch.equal(kept, kept_patches(5, side, ratio, generator(seed, "masking", 0)))


def test_what_is_shown_lies_on_one_side_and_on_every_side_of_some_picture() -> None:
    side = 8
    kept = kept_patches(400, side, 0.5, generator(0, "masking", 0))
    place = torch.stack([kept % side, kept // side], -1).float() - (side - 1) / 2
    centre = place.mean(1)  # [400, 2], patches from the middle
    # Half a square's centre lies a quarter of its side from the middle, and a ragged half's somewhat nearer.
    assert float(centre.norm(dim=1).min()) > 1.2
    quarters = torch.bincount(((centre > 0).long() @ torch.tensor([1, 2])), minlength=4)
    assert int(quarters.min()) > 60
    often = torch.bincount(kept.flatten(), minlength=side**2) / 400
    assert float(often.min()) > 0.35 and float(often.max()) < 0.65, "no place is shown, or hidden, by preference"


def test_all_patches_in_any_order_are_the_whole_picture(changed: Changed, tokenizer: CLIPTokenizer) -> None:
    clip = make_clip(changed(), tokenizer).eval()
    pixels = torch.rand(3, 3, 16, 16, generator=generator(1, "masking", 0)) * 2 - 1
    patches = (16 // changed().vision.patch_size) ** 2
    order = torch.stack([torch.randperm(patches, generator=generator(2, "masking", row)) for row in range(3)])
    with torch.no_grad():
        whole = clip.get_image_features(pixel_values=pixels).pooler_output
        torch.testing.assert_close(masked_image_embeds(clip, pixels, order), whole, rtol=1e-5, atol=1e-5)


def test_what_is_hidden_changes_nothing(changed: Changed, tokenizer: CLIPTokenizer) -> None:
    size, patch = 16, changed().vision.patch_size
    clip = make_clip(changed(), tokenizer).eval()
    kept = kept_patches(4, size // patch, 0.5, generator(3, "masking", 0))
    shown = torch.zeros(4, (size // patch) ** 2).scatter(1, kept, 1.0).view(4, 1, size // patch, size // patch)
    shown = shown.repeat_interleave(patch, 2).repeat_interleave(patch, 3)
    one, other = torch.rand(2, 4, 3, size, size, generator=generator(4, "masking", 0))
    with torch.no_grad():
        first, second = (masked_image_embeds(clip, one * shown + x * (1 - shown), kept) for x in (one, other))
        third = masked_image_embeds(clip, other * shown + one * (1 - shown), kept)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert float((first - third).abs().max()) > 1e-3


@pytest.mark.parametrize(
    ("ratio", "unmasked", "whole"), [(0.5, 0.25, [False, False, False, True]), (0.0, 0.0, 4 * [True])]
)
def test_the_last_steps_show_all(batches_of: BatchesOf, ratio: float, unmasked: float, whole: list[bool]) -> None:
    batches = batches_of(masking={"ratio": ratio, "unmasked": unmasked})
    assert [batches.at(step).kept is None for step in (0, 5, 8, 9)] == whole
