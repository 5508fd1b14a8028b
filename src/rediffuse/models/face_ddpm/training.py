"""Training of the unconditional DDPM of the faces (Ho et al. 2020, arXiv 2006.11239, algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor, nn

from rediffuse.data.faces.mirror import mirror_sum
from rediffuse.diffusion.objectives import add_noise, diffusion_loss, stratified_timesteps
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.face_ddpm.augmentation import augmented
from rediffuse.models.face_ddpm.params import Params
from rediffuse.pipeline.compute import generator
from rediffuse.training.loop import Step, batch_indices, train


def make_unet(params: Params) -> UNet2DModel:
    """The untrained network; its weights depend on the parameters and their seed alone.

    Its images are folded: the channels are the ``patch_size²`` pixels of a patch (pixel-unshuffle).
    Attention is not fused: on the CPU the backward pass of the fused kernel takes most of a step.
    """
    section, levels = params.network, len(params.network.block_out_channels)
    attends = [section.attention and level == levels - 1 for level in range(levels)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        unet = UNet2DModel(
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
    for layer in unet.modules():
        if isinstance(layer, Attention):
            layer.set_processor(AttnProcessor())
    return unet


def is_edge(name: str) -> bool:
    """Whether a weight of the U-Net is of its first or last layer or of an embedding."""
    return name.startswith(("conv_in", "conv_out", "time_embedding"))


def train_faces(
    accelerator: Accelerator,
    unet: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    schedule: NoiseSchedule,
    faces: Tensor,  # uint8 [N, 25, 25]
    params: Params,
    done: int = 0,
) -> Iterator[Step]:
    """Train from step ``done`` on.

    Each process draws the whole batch and takes its own share of it, so that the mean of all
    gradients is that of one process alone.
    """
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    device = accelerator.device

    def loss_at(model: nn.Module, step: int) -> Tensor:
        x_0, noise, timesteps = (part[share] for part in training_batch(faces, schedule, params, step))
        x_t = add_noise(x_0, noise, schedule.alphas_cumprod[timesteps])
        folded = F.pixel_unshuffle(x_t.to(device), params.network.patch_size)
        output = F.pixel_shuffle(model(folded, timesteps.to(device)).sample, params.network.patch_size)
        error = diffusion_loss(output, x_0.to(device), noise.to(device), timesteps, schedule, params.weighting)
        return error.mean()

    return train(accelerator, unet, optimizers, loss_at, params.pace, done)


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
