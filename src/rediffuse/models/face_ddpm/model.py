"""A DDPM of faces: ours, a published one, or the user's own."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from diffusers import DDPMPipeline, UNet2DModel
from torch import Tensor

from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.loading import check_answer, check_weights, first_input, loading
from rediffuse.pipeline.compute import fast_dtype
from rediffuse.pipeline.errors import InputError


class FaceModel:
    """An unconditional U-Net and the schedule that it was trained with.

    A U-Net of C·p² channels, C being 1 or 3, sees images folded in patches of p×p pixels (pixel-unshuffle).

    Attributes:
        shape: of its images, unfolded, (C, H, W).
        patch_size: p; 1 for an image that is not folded.
        beta_schedule: the schedule's name, in diffusers' words.
    """

    def __init__(self, unet: UNet2DModel, schedule: NoiseSchedule, beta_schedule: str) -> None:
        self.unet, self.schedule, self.beta_schedule = unet.eval().requires_grad_(False), schedule, beta_schedule
        size = unet.config.sample_size
        sides = (size, size) if isinstance(size, int) else tuple(size)
        channels, self.patch_size = unfolded(unet.config.in_channels)
        self.shape: tuple[int, int, int] = (channels, sides[0] * self.patch_size, sides[1] * self.patch_size)

    def denoiser(self) -> Denoiser:
        """The network's answer to x_t [B, C, H, W] at t, float32 on its device."""
        device, dtype = self.unet.device, fast_dtype(self.unet.device)

        def denoise(x_t: Tensor, t: int) -> Tensor:
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                folded = F.pixel_unshuffle(x_t, self.patch_size)
                return F.pixel_shuffle(self.unet(folded, t).sample.float(), self.patch_size)

        return denoise


def unfolded(channels: int) -> tuple[int, int]:
    """Return the channels, 1 or 3, of an image that has ``channels`` once folded, and the side of its patches.

    Raises:
        ValueError: no grey or RGB image has so many.
    """
    for grey_or_rgb in (1, 3):
        patch_size = math.isqrt(max(channels, 0) // grey_or_rgb)
        if patch_size and grey_or_rgb * patch_size**2 == channels:
            return grey_or_rgb, patch_size
    raise ValueError(f"found {channels} channels, expected those of a grey or RGB image, folded in patches or not")


def load_face_model(folder_or_id: str, revision: str | None, device: torch.device) -> FaceModel:
    """A ``DDPMPipeline`` out of a folder, or off the hub at a pinned commit.

    The published ones keep all files in one folder and their weights as ``.bin`` only, which diffusers opens
    with ``weights_only=True``: it holds tensors, and a file with anything else in it is refused.

    Args:
        folder_or_id: a folder in diffusers' layout, or a hub id ``owner/name``.
        revision: None for a folder, a commit for a hub id.

    Raises:
        InputError: no such folder, no network, no complete pipeline there, or one that is no unconditional DDPM.
    """
    with loading(folder_or_id, revision, "DDPM in diffusers' layout", "model") as where:
        pipeline = DDPMPipeline.from_pretrained(folder_or_id, **where)
        unet = pipeline.unet
        if not isinstance(unet, UNet2DModel):
            raise InputError(f"found a {type(unet).__name__}, expected a UNet2DModel of grey or RGB images")
        check_weights(unet)
        beta_schedule = str(pipeline.scheduler.config.beta_schedule)
        model = FaceModel(unet.to(device), NoiseSchedule.of(pipeline.scheduler), beta_schedule)
        first = first_input(1, *model.shape).to(device)
        check_answer(model.denoiser()(first, model.schedule.num_train_timesteps - 1), tuple(first.shape), "its answer")
    return model
