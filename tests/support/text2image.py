"""Tiny text-to-image models, and the sections that the tests of the folder share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip import params as train_clip
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.clip.network import make_clip
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.text2image import autoencoder, model
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.shared_params import WordsSection
from rediffuse.pipeline.params import read_yaml
from tests.support.small_text2image import save_small_pipeline

ROOT = Path(__file__).parents[2]
LENGTH = 48  # tokens of a text
Changed = Callable[..., Params]

SMALL: dict[str, Any] = {
    "things": 8,
    "image_size": 16,
    "pictures": 60,
    "steps": 8,
    "batch_size": 8,
    "warmup": 2,
    "log_every": 2,
    "checkpoint_every": 3,
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, pictures: PictureSet) -> dict[str, Path]:
    """Tiny pipelines, by what they predict."""
    root = tmp_path_factory.mktemp("pipelines")
    for prediction_type in ("v_prediction", "epsilon"):
        save_small_pipeline(root / prediction_type, pictures, prediction_type)
    return {path.name: path for path in root.iterdir()}


@pytest.fixture(scope="session")
def clip(pictures: PictureSet) -> Clip:
    """An untrained CLIP that knows the words of the pictures; nobody shows it a picture."""
    section = read_yaml(ROOT / "params.yaml")["train_clip"]
    tower = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    small = {
        "vision": {**tower, "image_size": 16, "patch_size": 8},
        "text": {**tower, "vocab_size": 800, "max_position_embeddings": LENGTH},
        "projection_dim": 24,
    }
    tokenizer = train_tokenizer(tokenizer_texts(pictures), 800, LENGTH)
    params = train_clip.Params.model_validate({**section, **small})
    return Clip(make_clip(params, tokenizer).eval(), tokenizer, None)


def small_params(**changes: Any) -> Params:
    """The section train_text2image, made small, with changes."""
    section = read_yaml(ROOT / "params.yaml")["train_text2image"]
    vae = {**section["autoencoder"], "block_out_channels": [16, 16, 16], "latent_channels": 4}
    small = {
        **SMALL,
        "autoencoder": {**vae, "steps": 6, "batch_size": 4, "warmup": 2},
        "unet": {
            "block_out_channels": [16, 32],
            "layers_per_block": 1,
            "cross_attention": [False, True],
            "attention_heads": 2,
        },
    }
    return Params.model_validate({**section, **small, **changes})


@pytest.fixture(scope="session")
def changed() -> Changed:
    return small_params


@pytest.fixture(scope="session")
def words() -> WordsSection:
    return WordsSection(
        things=8,
        template="a picture of {thing} {scene}",
        phrases={
            "plain": "",
            "day": "by day",
            "night": "at night",
            "beach": "on a beach",
            "snow": "in the snow",
        },
        style=" in the style of {style}",
    )


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products in float32 on every processor, so that two ways to the same number can be compared."""
    for module in (model, autoencoder):
        monkeypatch.setattr(module, "fast_dtype", lambda device: torch.float32)
