"""Stable Diffusion 1.5 in its full size with random weights, to rehearse the studies without the published ones.

``python -m tests.support.random_stable_diffusion FOLDER`` writes it, 2 GB in float16. The shapes are those of
its public configuration; the tokenizer knows the words of our own captions, for the published one is not ours
to copy, and the other rows of the embedding of 49,408 tokens are never asked for. A
ControlNet for it, 361 million weights, lies in FOLDER/controlnet.

``python -m tests.support.random_stable_diffusion FOLDER PICTURE`` also loads it as the studies do, draws one
picture in two steps into the PNG file PICTURE and prints seconds and peak memory.
"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, ControlNetModel, PNDMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import PictureSet, load_pictures
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.text2image.model import assemble, load_text2image
from rediffuse.models.text2image.shared_params import DrawingSection

VOCABULARY, LENGTH = 49408, 77
STEPS = 2


def random_unet() -> UNet2DConditionModel:
    """860 million weights. ``attention_head_dim`` is the number of heads, as ever in these files."""
    return UNet2DConditionModel(
        sample_size=64,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        block_out_channels=(320, 640, 1280, 1280),
        layers_per_block=2,
        cross_attention_dim=768,
        attention_head_dim=8,
    )


def random_autoencoder() -> AutoencoderKL:
    """84 million weights: 512 pixels to 64."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
        scaling_factor=0.18215,
    )


def random_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """The text tower of ViT-L/14, 123 million weights."""
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    config = CLIPTextConfig(
        vocab_size=VOCABULARY,
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
        max_position_embeddings=LENGTH,
        **special,
    )
    return CLIPTextModel(config)


def write_stable_diffusion(folder: Path, pictures: PictureSet) -> Path:
    """Save the whole in float16, part by part, so that one part at a time is held in float32."""
    tokenizer = train_tokenizer(tokenizer_texts(pictures), VOCABULARY, LENGTH)
    scheduler = PNDMScheduler(
        beta_schedule="scaled_linear", beta_start=8.5e-4, beta_end=0.012, skip_prk_steps=True, steps_offset=1
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = random_autoencoder().half(), random_unet().half(), (tokenizer, random_text_encoder(tokenizer).half())
    assemble(*parts, scheduler).save_pretrained(folder)
    write_controlnet(folder)
    return folder


def write_controlnet(folder: Path) -> None:
    """Save a ControlNet of the published scribble model's shapes beside the model, in float16."""
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float16)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        ControlNetModel.from_unet(unet).half().save_pretrained(folder / "controlnet")


def draw_one(folder: Path, picture: Path) -> None:
    """Load it as the studies do and draw one picture in two steps."""
    from PIL import Image

    start = time.perf_counter()
    text2image = load_text2image(str(folder), None, batch_size=1)
    print(f"loaded: {time.perf_counter() - start:.0f} s, {peak():.1f} GB at most")
    start = time.perf_counter()
    states = text2image.text_states(["a photo of a castle on a hill by day", ""])
    drawing = DrawingSection(num_inference_steps=STEPS, guidance_scale=7.5)
    images = text2image.draw(states[:1], states[1:], text2image.noise(0, "rehearsal", range(1)), drawing)
    print(f"{STEPS} guided steps and decoding: {time.perf_counter() - start:.0f} s, {peak():.1f} GB at most")
    Image.fromarray(images[0].permute(1, 2, 0).numpy()).save(picture)


def peak() -> float:
    """Largest memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if not (place / "model_index.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        write_stable_diffusion(place, load_pictures())
    if not (place / "controlnet" / "config.json").exists():
        write_controlnet(place)
    if len(sys.argv) > 2:
        draw_one(place, Path(sys.argv[2]))
