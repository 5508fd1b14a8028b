"""The autoencoder whose latents are diffused (Rombach et al. 2022, arXiv 2112.10752, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from torch import Tensor, nn

from rediffuse.data.pictures.composing import centred, compose, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.text2image.params import AutoencoderSection, Params
from rediffuse.pipeline.compute import fast_dtype, generator
from rediffuse.training.loop import Step, batch_indices, train
from rediffuse.training.shared_params import Pace

BATCH = 250  # pictures encoded, or latents decoded, at once
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


class Reconstruction(nn.Module):
    """The autoencoder as it is trained: pictures to what comes out, and to the latents' mean and log-variance."""

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, pictures: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posterior = self.autoencoder.encode(pictures).latent_dist
        latents = posterior.mean + posterior.std * noise
        return self.autoencoder.decode(latents).sample, posterior.mean, posterior.logvar


def is_edge(name: str) -> bool:
    """Whether a weight of the autoencoder is of its first or last layers, or next to the latents."""
    return "conv_in" in name or "conv_out" in name or "quant" in name


def reconstruction_loss(restored: Tensor, pictures: Tensor, mean: Tensor, logvar: Tensor, kl_weight: float) -> Tensor:
    """Mean absolute error, and ``kl_weight`` times the mean of each latent's KL divergence from N(0, 1).

    KL = ½ (μ² + σ² − 1 − log σ²) (Kingma & Welling 2014, arXiv 1312.6114, appendix B).
    """
    mean, logvar = mean.float(), logvar.float()
    divergence = 0.5 * (mean.square() + logvar.exp() - 1 - logvar)
    return (restored.float() - pictures).abs().mean() + kl_weight * divergence.mean()


def autoencoder_steps(
    accelerator: Accelerator,
    model: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    pictures: PictureSet,
    params: Params,
    done: int = 0,
) -> Iterator[Step]:
    """Train the autoencoder from step ``done`` on, on every thing that is not held out."""
    section, device = params.autoencoder, accelerator.device
    rows = pictures.rows("clip", "train")

    def loss_at(model: nn.Module, step: int) -> Tensor:
        batch = autoencoder_batch(pictures, rows, params, step).to(device)
        noise = torch.randn(latent_shape(len(batch), params), generator=generator(params.seed, "latent noise", step))
        restored, mean, logvar = model(batch, noise.to(device))
        return reconstruction_loss(restored, batch, mean, logvar, section.kl_weight)

    pace = Pace(section.steps, section.warmup, params.max_grad_norm)
    return train(accelerator, model, optimizers, loss_at, pace, done)


def autoencoder_batch(pictures: PictureSet, rows: Tensor, params: Params, step: int) -> Tensor:
    """Pictures of a step, float32 [B, 3, H, W] in [−1, 1], a pure function of the step."""
    section: AutoencoderSection = params.autoencoder
    random = generator(params.seed, "autoencoder", step)
    drawings = rows[batch_indices(step, section.batch_size, len(rows), params.seed)]
    recipe = centred(draw_recipe(pictures, drawings, random, side="train", defects=params.defects))
    return to_unit(compose(pictures, recipe, params.image_size, "train"))


def latent_shape(count: int, params: Params) -> tuple[int, int, int, int]:
    """[B, C, h, w] of the latents of ``count`` pictures."""
    side = params.image_size // params.autoencoder.factor
    return count, params.autoencoder.latent_channels, side, side


def to_unit(pictures: Tensor) -> Tensor:
    """uint8 to the autoencoder's range [−1, 1], float32."""
    return pictures.float() / 127.5 - 1


def to_bytes(pictures: Tensor) -> Tensor:
    """The autoencoder's output, cut to [−1, 1], as a PNG holds it: uint8."""
    return ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


@torch.inference_mode()
def encode(autoencoder: AutoencoderKL, pictures: Tensor) -> Tensor:
    """The posterior's means of pictures uint8 [N, 3, H, W], float32 [N, C, h, w] on the CPU."""
    device, dtype = autoencoder.device, fast_dtype(autoencoder.device)
    parts = []
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        for part in pictures.split(BATCH):
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
