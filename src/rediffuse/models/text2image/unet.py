"""The denoiser of latents (Rombach et al. 2022, arXiv 2112.10752) and its training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from rediffuse.diffusion.objectives import denoising_loss, noisy_timesteps
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.text2image.latents import LatentSet
from rediffuse.models.text2image.params import Params
from rediffuse.pipeline.compute import generator
from rediffuse.training.loop import batch_indices

INPUT_OR_OUTPUT = ("conv_in", "conv_out", "time_embedding", "add_embedding")  # first and last layers, embeddings


class Batch(NamedTuple):
    """What a step learns from.

    Attributes:
        x_0, noise: float32 [B, C, h, w].
        timesteps: int64 [B].
        texts: captions, "" where one is dropped; or their rows in ``KnownStates``, int64 [B].
        weights: float32 [B, 1, h, w], of the loss at each place.
    """

    x_0: Tensor
    noise: Tensor
    timesteps: Tensor
    texts: list[str] | Tensor
    weights: Tensor


def make_unet(params: Params, cross_attention_dim: int) -> UNet2DConditionModel:
    """An untrained ``UNet2DConditionModel``, its weights a pure function of the arguments.

    The words reach it on two ways: by cross-attention, and pooled to one vector that is added to the timestep's
    embedding (``addition_embed_type``), which scales and shifts every block. The second costs next to nothing and
    is what tells a small network soon which thing to draw.
    """
    section = params.unet
    attends = section.cross_attention
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        return UNet2DConditionModel(
            sample_size=params.image_size // params.autoencoder.factor,
            in_channels=params.autoencoder.latent_channels,
            out_channels=params.autoencoder.latent_channels,
            down_block_types=tuple("CrossAttnDownBlock2D" if words else "DownBlock2D" for words in attends),
            up_block_types=tuple("CrossAttnUpBlock2D" if words else "UpBlock2D" for words in reversed(attends)),
            block_out_channels=section.block_out_channels,
            layers_per_block=section.layers_per_block,
            norm_num_groups=16,
            cross_attention_dim=cross_attention_dim,
            attention_head_dim=section.attention_heads,  # despite its name the number of heads
            resnet_time_scale_shift="scale_shift",
            addition_embed_type="text",
            addition_embed_type_num_heads=section.attention_heads,
        )


def unet_loss(
    unet: nn.Module,
    batch: Batch,
    schedule: NoiseSchedule,
    text_states: Callable[[Any], Tensor],  # the batch's texts -> states [B, L, D]
    params: Params,
    device: torch.device,
) -> Tensor:
    """The diffusion loss of a batch, a scalar on ``device``, which is the network's."""
    x_0, noise, timesteps, texts, weights = batch
    states = text_states(texts)

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        output: Tensor = unet(x_t, t, encoder_hidden_states=states).sample
        return output

    return denoising_loss(denoise, x_0, noise, timesteps, schedule, params.weighting, device, weights)


def unet_batch(learned: LatentSet, schedule: NoiseSchedule, params: Params, step: int) -> Batch:
    """The batch of a step, a pure function of the step; captions are dropped at random, for guidance."""
    random = generator(params.seed, "unet", step)
    chosen = batch_indices(step, params.batch_size, len(learned), params.seed)
    x_0 = learned.latents[chosen]
    noise = torch.randn(x_0.shape, generator=random)
    timesteps = noisy_timesteps(params.batch_size, schedule.alphas_cumprod, params.timestep_power, random)
    dropped = torch.rand(params.batch_size, generator=random) < params.drop_caption
    rows = zip(chosen.tolist(), dropped.tolist(), strict=True)
    texts = ["" if drop else learned.captions[row] for row, drop in rows]
    return Batch(x_0, noise, timesteps, texts, learned.weights[chosen])
