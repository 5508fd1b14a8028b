"""Trainings that compute weight gradients of convolutions by a matrix product."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rediffuse.models.convolution import ProductConv2d
from tests.support.trainings import Run, train_tiny


@pytest.mark.parametrize("name", ["digit_judge", "picture_judge", "clip", "text2image", "controlnet"])
def test_trainings_with_few_places_or_patches_take_the_product(name: str, tmp_path: Path) -> None:
    network = train_tiny(name, Run(), tmp_path)[-1].network
    assert any(isinstance(layer, ProductConv2d) for layer in network.modules())
    if name == "controlnet":
        kernel = network.controlnet.controlnet_cond_embedding.blocks[0].weight
        assert kernel.is_contiguous(memory_format=torch.channels_last)
