"""Training of the autoencoder."""

from __future__ import annotations

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from torch import Tensor, nn

from rediffuse.data.pictures.composing import centred, compose, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.data.pixels import to_unit
from rediffuse.models.text2image.autoencoder import latent_shape, make_autoencoder
from rediffuse.models.text2image.params import AutoencoderSection, Params
from rediffuse.pipeline.compute import generator
from rediffuse.training.fit import Trained, fit
from rediffuse.training.loop import batch_indices
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan

INPUT_OR_OUTPUT = ("conv_in", "conv_out", "quant")  # layers next to pictures or latents


class Reconstruction(nn.Module):
    """The autoencoder as it is trained: pictures to what comes out, and to the latents' mean and log-variance."""

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, pictures: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posterior = self.autoencoder.encode(pictures).latent_dist
        latents = posterior.mean + posterior.std * noise
        return self.autoencoder.decode(latents).sample, posterior.mean, posterior.logvar


def reconstruction_loss(restored: Tensor, pictures: Tensor, mean: Tensor, logvar: Tensor, kl_weight: float) -> Tensor:
    """Mean absolute error, and ``kl_weight`` times the mean of each latent's KL divergence from N(0, 1).

    KL = ½ (μ² + σ² − 1 − log σ²) (Kingma & Welling 2014, arXiv 1312.6114, appendix B).
    """
    mean, logvar = mean.float(), logvar.float()
    divergence = 0.5 * (mean.square() + logvar.exp() - 1 - logvar)
    return (restored.float() - pictures).abs().mean() + kl_weight * divergence.mean()


def fit_autoencoder(
    accelerator: Accelerator, pictures: PictureSet, params: Params, plan: Plan
) -> Trained[Reconstruction]:
    """Train the autoencoder on every thing that is not held out."""
    section, device, rows = params.autoencoder, accelerator.device, pictures.rows("clip", "train")
    # Channels-last convolutions of few channels take three quarters of the time on a CPU.
    model = Reconstruction(make_autoencoder(params))
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch_at(step: int) -> tuple[Tensor, Tensor]:
        batch = autoencoder_batch(pictures, rows, params, step)
        shape = latent_shape(len(batch), params)
        return batch, torch.randn(shape, generator=generator(params.seed, "latent noise", step))

    def loss_of(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        images, noise = (part.to(device) for part in batch)
        restored, mean, logvar = model(images, noise)
        return reconstruction_loss(restored, images, mean, logvar, section.kl_weight)

    optimizers = make_optimizers(model, section.optimizer, INPUT_OR_OUTPUT)
    return fit(accelerator, model, optimizers, batch_at, loss_of, plan)


def autoencoder_batch(pictures: PictureSet, rows: Tensor, params: Params, step: int) -> Tensor:
    """Pictures of a step, float32 [B, 3, H, W] in [−1, 1], a pure function of the step."""
    section: AutoencoderSection = params.autoencoder
    random = generator(params.seed, "autoencoder", step)
    drawings = rows[batch_indices(step, section.batch_size, len(rows), params.seed)]
    recipe = centred(draw_recipe(pictures, drawings, random, side="train", defects=params.defects))
    return to_unit(compose(pictures, recipe, params.image_size, "train"))
