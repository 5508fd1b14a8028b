"""Training of the unconditional DDPM of the faces (Ho et al. 2020, arXiv 2006.11239, algorithm 1)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from torch import Tensor, nn

from rediffuse.data.faces.mirror import mirror_sum
from rediffuse.diffusion.objectives import denoising_loss, stratified_timesteps
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.attention import set_attention
from rediffuse.models.face_ddpm.augmentation import augmented
from rediffuse.models.face_ddpm.params import Params
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.training.fit import Trained, fit, plan_training, save_trained
from rediffuse.training.loop import batch_indices
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan

INPUT_OR_OUTPUT = ("conv_in", "conv_out", "time_embedding")  # first and last layers, embeddings


def make_unet(params: Params) -> UNet2DModel:
    """The untrained network; its weights depend on the parameters and their seed alone.

    Its images are folded: the channels are the ``patch_size²`` pixels of a patch (pixel-unshuffle).
    """
    section, levels = params.network, len(params.network.block_out_channels)
    attends = [section.attention and level == levels - 1 for level in range(levels)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        return UNet2DModel(
            sample_size=params.image_size // section.patch_size,
            in_channels=section.patch_size**2,
            out_channels=section.patch_size**2,
            block_out_channels=section.block_out_channels,
            layers_per_block=section.layers_per_block,
            down_block_types=tuple("AttnDownBlock2D" if attend else "DownBlock2D" for attend in attends),
            up_block_types=tuple("AttnUpBlock2D" if attend else "UpBlock2D" for attend in reversed(attends)),
            add_attention=section.attention,
            attention_head_dim=math.gcd(32, section.block_out_channels[-1]),
            norm_num_groups=16,
            dropout=section.dropout,
            resnet_time_scale_shift="scale_shift",
        )


def train_face_ddpm(name: str, faces: Tensor, params: Params, folder: str) -> None:
    """Train the DDPM and save it in ``folder`` as a ``DDPMPipeline``.

    Args:
        name: the stage, and so the folder of its curve.
        faces: uint8 [N, 25, 25].
    """
    accelerator = make_accelerator(params.device)
    plan = plan_training(accelerator, name, params, "DDPM of the faces")
    scheduler = make_scheduler(params.schedule)
    trained = fit_ddpm(accelerator, faces, NoiseSchedule.of(scheduler), params, plan)
    pipeline = make_pipeline(trained.network, scheduler)
    save_trained(accelerator, name, folder, pipeline.save_pretrained, trained)


def fit_ddpm(
    accelerator: Accelerator, faces: Tensor, schedule: NoiseSchedule, params: Params, plan: Plan
) -> Trained[UNet2DModel]:
    """Train the network; its weights are averaged."""
    unet = make_unet(params).to(accelerator.device)
    set_attention(unet, accelerator.device)
    return fit(
        accelerator,
        unet,
        make_optimizers(unet, params.optimizer, INPUT_OR_OUTPUT),
        lambda step: training_batch(faces, schedule, params, step),
        lambda model, batch: ddpm_loss(model, batch, schedule, params, accelerator.device),
        plan,
        ema_decay=params.ema_decay,
    )


def ddpm_loss(
    model: nn.Module,
    batch: tuple[Tensor, Tensor, Tensor],  # as ``training_batch`` gives it
    schedule: NoiseSchedule,
    params: Params,
    device: torch.device,
) -> Tensor:
    """The diffusion loss of a batch, a scalar on ``device``, which is the network's."""
    patch_size = params.network.patch_size

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        return F.pixel_shuffle(model(F.pixel_unshuffle(x_t, patch_size), t).sample, patch_size)

    x_0, noise, timesteps = batch
    return denoising_loss(denoise, x_0, noise, timesteps, schedule, params.weighting, device)


@torch.autocast("cpu", enabled=False)  # it is called within the training's, where faces would have 8 bits' precision
def training_batch(faces: Tensor, schedule: NoiseSchedule, params: Params, step: int) -> tuple[Tensor, Tensor, Tensor]:
    """x_0, ε [B, 1, S, S] and t [B] of a step, a pure function of the step."""
    random = generator(params.seed, "batch", step)
    chosen = batch_indices(step, params.batch_size, len(faces), params.seed)
    x_0 = augmented(faces[chosen], params.augmentation, params.image_size, random, mirror_sum(faces.numpy()))
    noise = torch.randn(x_0.shape, generator=random)
    return x_0, noise, stratified_timesteps(params.batch_size, schedule.num_train_timesteps, random)


def make_pipeline(unet: UNet2DModel, scheduler: DDPMScheduler) -> DDPMPipeline:
    """Network and schedule as diffusers keeps them, on the CPU."""
    return DDPMPipeline(unet=unet.cpu(), scheduler=scheduler)
