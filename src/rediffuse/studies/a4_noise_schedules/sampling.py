"""Sampling a text-to-image model over another noise schedule than that of its training, in two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.guidance import Denoiser, guide
from rediffuse.diffusion.sampling import State
from rediffuse.diffusion.sampling import ddim as ddim_states
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.text2image.model import TextToImage, assemble
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.studies.a4_noise_schedules.schedules import SCHEDULES, custom_schedule, nearest_timesteps, own_betas


def naively(model: TextToImage, name: str) -> TextToImage:
    """The same model whose pipeline samples by another schedule's β, with the timesteps as they are.

    The swap that one makes by ``trained_betas``: the sampler takes ᾱ_t from the new schedule, while the denoiser
    still believes that t means the noise of the old one.
    """
    pipeline = model.pipeline
    betas = SCHEDULES[name](own_betas(model.schedule))
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config, trained_betas=betas.tolist())
    swapped = assemble(pipeline.vae, pipeline.unet, (pipeline.tokenizer, pipeline.text_encoder), scheduler)
    swapped.set_progress_bar_config(disable=True)
    return replace(model, pipeline=swapped)


@dataclass(frozen=True, eq=False)
class Matched:
    """Sampling over another schedule, each of its noise levels told to the denoiser as the t that it knows it by.

    Attributes:
        model: the model, and the schedule that it was trained with.
        name: one of ``SCHEDULES``.
        length: how many of its timesteps are sampled, from pure noise at the last of them; None: all.
    """

    model: TextToImage
    name: str
    length: int | None = None

    @torch.inference_mode()
    def states(self, states: Tensor, negative: Tensor, x_T: Tensor, drawing: DrawingSection) -> Iterator[State]:
        """DDIM's states of one batch, text states [B, L, D], latents [B, C, h, w]; of the same arguments as ``draw``.

        With the default schedule these are the pipeline's own.
        """
        schedule = custom_schedule(self.model.schedule, self.name)
        schedule = NoiseSchedule(schedule.alphas_cumprod[: self.length], schedule.prediction_type)
        told = nearest_timesteps(schedule, self.model.schedule)
        timesteps = schedule.timesteps(drawing.num_inference_steps, "trailing")
        x_T = x_T.to(self.model.device, torch.float32)
        yield from ddim_states(self._denoiser(states, negative, told, drawing), x_T, schedule, timesteps)

    def _denoiser(self, states: Tensor, negative: Tensor, told: Tensor, drawing: DrawingSection) -> Denoiser:
        denoise = self.model.denoiser(torch.cat([negative, states]))

        def guided(x_t: Tensor, t: int) -> Tensor:
            nothing, asked = denoise(x_t.repeat(2, 1, 1, 1), int(told[t])).chunk(2)
            return guide(nothing, asked, drawing.guidance_scale)

        return guided

    @torch.inference_mode()
    def draw(self, states: Tensor, negative: Tensor, x_T: Tensor, drawing: DrawingSection) -> Tensor:
        """Pictures uint8 [N, 3, H, W], as ``TextToImage.draw`` gives them; picture i depends on row i alone."""
        drawn = []
        for rows, count in padded_batches(len(x_T), self.model.batch_size):
            *_, last = self.states(states[rows], negative[rows], x_T[rows], drawing)
            drawn.append(self.model.decode(last.x_prev)[:count])
        return torch.cat(drawn)
