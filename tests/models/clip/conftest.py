"""What the tests of CLIP's training share: parameters and a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import CLIPTokenizer

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.params import Params
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.clip.training import ClipBatches
from rediffuse.pipeline.params import read_yaml
from tests.support.small_clip import TOWER, BatchesOf, Changed

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def changed() -> Changed:
    section = read_yaml(ROOT / "params.yaml")["train_clip"]

    def make(**changes: Any) -> Params:
        small = {
            "vision": {**TOWER, "image_size": 16, "patch_size": 8},
            "text": {**TOWER, "vocab_size": 800, "max_position_embeddings": 48},
            "projection_dim": 24,
            "batch_size": 8,
            "captions": 8,
            "masking": {"ratio": 0.5, "unmasked": 0.25},
            "steps": 12,
            "warmup": 2,
            "checkpoint_every": 4,
            "log_every": 4,
        }
        return Params.model_validate({**section, **small, **changes})

    return make


@pytest.fixture(scope="module")
def tokenizer(pictures: PictureSet) -> CLIPTokenizer:
    return train_tokenizer(tokenizer_texts(pictures), 800, 48)


@pytest.fixture(scope="module")
def batches_of(pictures: PictureSet, tokenizer: CLIPTokenizer, changed: Changed) -> BatchesOf:
    """The batches of the small picture set, for parameters that are changed so."""

    def make(**changes: Any) -> ClipBatches:
        return ClipBatches(pictures, tokenizer, changed(**changes))

    return make
