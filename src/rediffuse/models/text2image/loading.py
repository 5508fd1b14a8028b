"""Reading a Stable Diffusion in diffusers' layout, part by part."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel

from rediffuse.models.loading import check_answer, check_tokenizer, read_network
from rediffuse.pipeline.errors import InputError

KINDS: tuple[tuple[str, Any, str], ...] = (  # part, class, what its library calls the type of its weights
    ("unet", UNet2DConditionModel, "torch_dtype"),
    ("vae", AutoencoderKL, "torch_dtype"),
    ("text_encoder", CLIPTextModel, "dtype"),
)


def read_pipeline(folder_or_id: str, dtype: torch.dtype, where: dict[str, Any]) -> StableDiffusionPipeline:
    """A pipeline without a safety checker, its weights of ``dtype`` and out of training.

    The networks are read one by one, for only so do the libraries say which weights they had to make up.

    Args:
        where: the libraries' own options, ``revision`` or ``local_files_only``.

    Raises:
        InputError: weights are missing or not finite, the tokenizer is not that of the text encoder, or the parts do
            not fit together.
        Exception: whatever the libraries, or their network, met.
    """
    networks = {
        part: read_network(kind, folder_or_id, subfolder=part, use_safetensors=True, **{key: dtype}, **where)
        for part, kind, key in KINDS
    }
    for network in networks.values():
        network.requires_grad_(False)
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder_or_id,
        **networks,
        use_safetensors=True,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **where,
    )
    read: Any = pipeline.text_encoder.config
    check_tokenizer(pipeline.tokenizer, read.vocab_size, read.max_position_embeddings)
    _check_fit(pipeline)
    return pipeline


@torch.inference_mode()
def _check_fit(pipeline: StableDiffusionPipeline) -> None:
    """Run each network once, on what the one before it gives: so they fit together, and answer with numbers."""
    unet, vae, encoder = pipeline.unet, pipeline.vae, pipeline.text_encoder
    size, width = unet.config.sample_size, encoder.config.hidden_size
    if not isinstance(size, int) or size < 1:
        raise InputError(f"unet: sample_size: found {size!r}, expected a whole number from 1")
    states = encoder(
        torch.tensor([[encoder.config.bos_token_id or 0, encoder.config.vocab_size - 1]])
    ).last_hidden_state
    check_answer(states.float(), (1, 2, width), "the text_encoder's answer")
    latents = torch.zeros(1, unet.config.in_channels, size, size, dtype=unet.dtype)
    noise = unet(latents, 1, encoder_hidden_states=states).sample
    check_answer(noise.float(), tuple(latents.shape), "the unet's answer")
    side = size * pipeline.vae_scale_factor
    factor = vae.config.scaling_factor
    if not isinstance(factor, int | float) or not 0 < factor < float("inf"):
        raise InputError(f"vae: scaling_factor: found {factor!r}, expected a number above 0")
    check_answer(vae.decode(latents / factor).sample.float(), (1, 3, side, side), "the vae's answer")
