"""The contrastive loss against figure 3 of the paper, in float64, and against transformers' own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPConfig, CLIPModel

from rediffuse.models.clip.training import contrastive_loss


def figure_3(images: np.ndarray, texts: np.ndarray, t: float) -> float:
    """The pseudocode of figure 3, from its "joint multimodal embedding" on."""
    images = images / np.sqrt((images**2).sum(1, keepdims=True))
    texts = texts / np.sqrt((texts**2).sum(1, keepdims=True))
    logits = images @ texts.T * np.exp(t)
    labels = np.arange(len(logits))

    def cross_entropy_loss(rows: np.ndarray) -> float:
        top = rows.max(1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(rows - top).sum(1))
        return float((log_sum - rows[labels, labels]).mean())

    return (cross_entropy_loss(logits) + cross_entropy_loss(logits.T)) / 2


@settings(deadline=None, max_examples=60)
@given(size=st.integers(1, 12), width=st.integers(1, 9), t=st.floats(-2, math.log(100)), seed=st.integers(0, 2**31))
def test_figure_3(size: int, width: int, t: float, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    images, texts = torch.randn(2, size, width, generator=random, dtype=torch.float64)
    found = contrastive_loss(images, texts, torch.tensor(t, dtype=torch.float64))
    assert float(found) == pytest.approx(figure_3(images.numpy(), texts.numpy(), t), rel=1e-10, abs=1e-12)


def test_a_batch_that_is_all_right_costs_nothing_and_one_all_wrong_costs_the_scale() -> None:
    eye = torch.eye(8)
    hot = torch.tensor(math.log(100.0))
    assert float(contrastive_loss(eye, 3 * eye, hot)) == pytest.approx(0, abs=1e-6)
    assert float(contrastive_loss(eye, eye.roll(1, 0), hot)) == pytest.approx(100, rel=1e-5)
    assert float(contrastive_loss(eye, torch.ones(8, 8), hot)) == pytest.approx(math.log(8), rel=1e-5)


def test_transformers_own_loss() -> None:
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**tower, "vocab_size": 50, "max_position_embeddings": 9, "eos_token_id": 49},
        vision_config={**tower, "image_size": 16, "patch_size": 8},
        projection_dim=12,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        clip = CLIPModel(config).eval()
    random = torch.Generator().manual_seed(1)
    tokens = torch.cat([torch.randint(0, 49, (6, 4), generator=random), torch.full((6, 1), 49)], 1)
    pictures = torch.randn(6, 3, 16, 16, generator=random)
    with torch.no_grad():
        whole = clip(input_ids=tokens, pixel_values=pictures, return_loss=True).loss
        images = clip.get_image_features(pixel_values=pictures).pooler_output
        texts = clip.get_text_features(input_ids=tokens).pooler_output
    torch.testing.assert_close(contrastive_loss(images, texts, clip.logit_scale.detach()), whole, rtol=1e-5, atol=1e-6)
