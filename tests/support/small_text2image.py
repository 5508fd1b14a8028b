"""A tiny text-to-image model of random weights, in diffusers' layout."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.text2image.model import TextToImage, assemble, load_text2image

LENGTH = 48  # tokens of a text


def save_small_pipeline(folder: Path, pictures: PictureSet, prediction_type: str = "v_prediction") -> None:
    """Write one that knows the words of ``pictures``: 32 × 32 pixels, 4 × 8 × 8 latents."""
    tokenizer = train_tokenizer(tokenizer_texts(pictures), 2048, LENGTH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
        config = CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=LENGTH,
            **special,
        )
        encoder = CLIPTextModel(config)
        unet = UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            down_block_types=("CrossAttnDownBlock2D",) * 2,
            up_block_types=("CrossAttnUpBlock2D",) * 2,
            block_out_channels=(16, 32),
            layers_per_block=1,
            norm_num_groups=8,
            cross_attention_dim=32,
            attention_head_dim=2,
        )
        autoencoder = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            block_out_channels=(8, 8, 8),
            latent_channels=4,
            norm_num_groups=4,
            sample_size=32,
            scaling_factor=0.5,
        )
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=8.5e-4,
        beta_end=0.012,
        prediction_type=prediction_type,
        clip_sample=False,
        timestep_spacing="trailing",
        steps_offset=1,
    )
    assemble(autoencoder, unet, (tokenizer, encoder), scheduler).save_pretrained(folder)


def load_small(folder: Path, batch_size: int = 4) -> TextToImage:
    """Read it as the stages do."""
    return load_text2image(str(folder), None, batch_size=batch_size)
