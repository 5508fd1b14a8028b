"""The autoencoder whose latents are diffused (Rombach et al. 2022, arXiv 2112.10752, section 3.1)."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from rediffuse.data.pixels import to_unit
from rediffuse.models.text2image.params import Params
from rediffuse.pipeline.compute import fast_dtype

BATCH = 250  # pictures of at most PIXELS that are encoded at once; of larger ones as many as have no more pixels
PIXELS = 64 * 64
FIRST_LOGVAR = -5.0  # of the latents' posterior


def make_autoencoder(params: Params) -> AutoencoderKL:
    """An untrained ``AutoencoderKL``, its weights a pure function of ``params``."""
    section = params.autoencoder
    depth = len(section.block_out_channels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        autoencoder = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * depth,
            up_block_types=("UpDecoderBlock2D",) * depth,
            block_out_channels=section.block_out_channels,
            layers_per_block=section.layers_per_block,
            latent_channels=section.latent_channels,
            norm_num_groups=1,  # of few channels, groups would lose how bright and how coloured a picture is
            sample_size=params.image_size,
            scaling_factor=1.0,  # ``normalize_latents`` makes it so
            mid_block_add_attention=False,  # a tenth of the time, for places that convolutions reach as well
        )
    # Little noise on the latents from the start: with that of a fresh network, σ = 1, nothing is learned for long.
    channels = section.latent_channels
    with torch.no_grad():
        autoencoder.quant_conv.weight[channels:].zero_()
        autoencoder.quant_conv.bias[channels:].fill_(FIRST_LOGVAR)
    return autoencoder


def latent_shape(count: int, params: Params) -> tuple[int, int, int, int]:
    """[B, C, h, w] of the latents of ``count`` pictures."""
    side = params.image_size // params.autoencoder.factor
    return count, params.autoencoder.latent_channels, side, side


def encoded_at_once(pixels: int) -> int:
    """How many pictures of so many pixels each are encoded at once: 250 at 64 × 64, 3 at 512 × 512."""
    return min(BATCH, max(1, BATCH * PIXELS // pixels))


@torch.inference_mode()
def encode(autoencoder: AutoencoderKL, pictures: Tensor) -> Tensor:
    """The posterior's means of pictures uint8 [N, 3, H, W], float32 [N, C, h, w] on the CPU."""
    device, dtype = autoencoder.device, fast_dtype(autoencoder.device)
    mixed = autoencoder.dtype == torch.float32 and dtype != torch.float32
    parts = []
    with torch.autocast(device.type, dtype, enabled=mixed):
        for part in pictures.split(encoded_at_once(pictures.shape[-2] * pictures.shape[-1])):
            parts.append(autoencoder.encode(to_unit(part).to(device)).latent_dist.mean.float().cpu())
    return torch.cat(parts)


@torch.no_grad()
def normalize_latents(autoencoder: AutoencoderKL, latents: Tensor) -> Tensor:
    """Make each channel of the latents of mean 0 and variance 1, by the convolutions next to them.

    The diffusion's noise has variance 1 in every channel. One number, ``scaling_factor``, would only do so
    for all channels together.

    Args:
        latents: [N, C, h, w], as the autoencoder gives them now.

    Returns:
        the latents as it gives them from now on.
    """
    mean, std = latents.double().mean(dim=(0, 2, 3)), latents.double().std(dim=(0, 2, 3))
    into, out_of = autoencoder.quant_conv, autoencoder.post_quant_conv
    count = len(mean)
    # z' = (z − mean) / std, in the rows that give the means; the log-variances fall by 2 log std
    into.weight[:count] = (into.weight[:count].double() / std[:, None, None, None]).float()
    into.bias[:count] = ((into.bias[:count].double() - mean) / std).float()
    into.bias[count:] = (into.bias[count:].double() - 2 * std.log()).float()
    # z = std · z' + mean, in what reads them
    weight = out_of.weight.double()
    out_of.bias.copy_((out_of.bias.double() + (weight[:, :, 0, 0] @ mean)).float())
    out_of.weight.copy_((weight * std[None, :, None, None]).float())
    return ((latents.double() - mean[:, None, None]) / std[:, None, None]).float()
