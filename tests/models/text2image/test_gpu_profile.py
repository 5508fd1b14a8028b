"""The networks of profiles/gpu.yaml train, and their training is estimated to fit 12 GB."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.attention import set_attention
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.text2image.autoencoder import make_autoencoder
from rediffuse.models.text2image.latents import make_latents
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.text_states import TextStates
from rediffuse.models.text2image.training import fit_autoencoder, fit_unet
from rediffuse.models.text2image.unet import make_unet
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.params import read_yaml
from rediffuse.training.fit import plan_training
from tests.support.gpu_memory import META, PeakBytes, flash_attention
from tests.support.text2image import ROOT
from tools.apply_profile import overlay

LENGTH, WIDTH = 48, 192  # tokens of a text, and the width of the profile's text encoder
STATES = 3  # copies of the weights beside the weights: gradients, averaged weights, momentum; AdamW has one more
CARD = 12e9  # bytes


@pytest.fixture(scope="module")
def section() -> dict[str, object]:
    found: dict[str, object] = read_yaml(ROOT / "params.yaml")["train_text2image"]
    overlay(found, read_yaml(ROOT / "profiles/gpu.yaml")["train_text2image"], "train_text2image.")
    return found


def test_two_steps_of_both_networks(
    section: dict[str, object], pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text("stages: {train_text2image: {deps: []}}", encoding="utf-8")
    whole = Params.model_validate(section)
    few = {"steps": 2, "warmup": 1, "batch_size": 4}
    small = {"things": 8, "pictures": 12, "device": "cpu", "log_every": 1, **few}
    autoencoder = {**whole.autoencoder.model_dump(), **few}
    params = Params.model_validate({**section, **small, "autoencoder": autoencoder})
    accelerator = make_accelerator("cpu")
    first = plan_training(accelerator, "train_text2image", params, "a", part="autoencoder", length=params.autoencoder)
    coder = fit_autoencoder(accelerator, pictures, params, first)
    assert len(coder.losses) == 2 and all(0 < loss < 2 for loss in coder.losses)
    learned = make_latents(coder.network.autoencoder.eval().requires_grad_(False), pictures, params)
    assert learned.latents.shape == (12, whole.autoencoder.latent_channels, 8, 8)
    tokenizer = train_tokenizer(tokenizer_texts(pictures), 800, LENGTH)
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    tower = {"hidden_size": WIDTH, "intermediate_size": 384, "num_hidden_layers": 1, "num_attention_heads": 4}
    config = CLIPTextConfig(vocab_size=len(tokenizer), max_position_embeddings=LENGTH, **tower, **special)
    text = TextStates(tokenizer, CLIPTextModel(config))
    plan = plan_training(accelerator, "train_text2image", params, "u", part="unet")
    trained = fit_unet(accelerator, learned, text, params, plan)
    assert trained.network.config.block_out_channels == whole.unet.block_out_channels
    assert len(trained.losses) == 2 and all(0.1 < loss < 10 for loss in trained.losses)
    assert all(bool(weight.isfinite().all()) for weight in trained.network.parameters())


def test_the_width_of_the_text_encoder_is_the_profiles() -> None:
    assert read_yaml(ROOT / "profiles/gpu.yaml")["train_clip"]["text"]["hidden_size"] == WIDTH


def test_a_step_is_estimated_to_fit_12_gb(section: dict[str, object]) -> None:
    params = Params.model_validate(section)
    with META:
        unet, autoencoder = make_unet(params, WIDTH), make_autoencoder(params)
    set_attention(unet, torch.device("cuda"))
    rows, side = params.batch_size, params.image_size // params.autoencoder.factor
    with flash_attention(), PeakBytes(META, unet) as counted:
        latents = torch.empty(rows, params.autoencoder.latent_channels, side, side, device=META)
        states = torch.empty(rows, LENGTH, WIDTH, device=META)
        unet(latents, torch.zeros(rows, device=META), encoder_hidden_states=states).sample.sum().backward()
    weights = sum(weight.numel() for weight in unet.parameters()) * 4
    assert weights < counted.peak < CARD - STATES * weights
    with PeakBytes(META, autoencoder) as counted:
        images = torch.empty(params.autoencoder.batch_size, 3, params.image_size, params.image_size, device=META)
        autoencoder.decode(autoencoder.encode(images).latent_dist.mean).sample.sum().backward()
    assert counted.peak < CARD
