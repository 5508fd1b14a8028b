"""Noise schedules: one object for training and for sampling.

Notation, used all over ``rediffuse.diffusion`` (Ho et al. 2020, arXiv 2006.11239):

    t               timestep, 0 … T−1 as in diffusers (the paper counts 1 … T)
    betas           β_t, the variance added at step t
    alphas_cumprod  ᾱ_t = Π_{s≤t} (1 − β_s), the share of the signal's variance left at t
    x_t             √ᾱ_t · x_0 + √(1 − ᾱ_t) · ε, ε ~ N(0, I)               (eq. 4)
    SNR             ᾱ_t / (1 − ᾱ_t)

A schedule lies on disk as the ``scheduler_config.json`` of diffusers, beside the model that was
trained with it, so a study cannot sample with another one by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import get_args

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from rediffuse.diffusion.shared_params import PredictionType, ScheduleSection, Spacing


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """ᾱ_t of every trained timestep, and what the model was trained to predict.

    Attributes:
        alphas_cumprod: float64 [T], strictly falling, in (0, 1).
        prediction_type: ``epsilon``, ``v_prediction`` or ``sample``, in diffusers' words.
    """

    alphas_cumprod: Tensor
    prediction_type: PredictionType

    @property
    def num_train_timesteps(self) -> int:
        """T."""
        return len(self.alphas_cumprod)

    def snr(self, timesteps: Tensor) -> Tensor:
        """Signal-to-noise ratio ᾱ/(1 − ᾱ) at ``timesteps``, float64, of their shape."""
        alphas_cumprod = self.alphas_cumprod[timesteps]
        return alphas_cumprod / (1 - alphas_cumprod)

    def timesteps(self, num_inference_steps: int, spacing: Spacing = "trailing") -> Tensor:
        """Falling timesteps for a sampler, int64 [num_inference_steps].

        ``trailing`` starts at T−1 and so from the schedule's own end (Lin et al. 2023,
        arXiv 2305.08891, table 2); ``leading`` ends at 0; ``linspace`` has both ends.
        """
        count, steps = self.num_train_timesteps, num_inference_steps
        if not 1 <= steps <= count:
            raise ValueError(f"num_inference_steps: found {steps}, allowed 1 to {count}")
        if spacing == "trailing":
            grid = (torch.arange(steps, 0, -1, dtype=torch.float64) * count / steps).round() - 1
        elif spacing == "leading":
            grid = torch.arange(steps - 1, -1, -1, dtype=torch.float64) * (count // steps)
        else:
            grid = torch.linspace(count - 1, 0, steps, dtype=torch.float64).round()
        return grid.long()

    @classmethod
    def of(cls, scheduler: DDPMScheduler) -> NoiseSchedule:
        """The schedule of a diffusers scheduler, in float64.

        Its betas are float32; the running product is taken anew in float64, for near t = T−1
        single precision leaves few correct digits of ᾱ.

        Raises:
            ValueError: a β is not in 0 to 1, or what the model predicts is none of the three.
        """
        betas = scheduler.betas.double()
        if not len(betas) or not bool(((betas >= 0) & (betas <= 1)).all()):
            raise ValueError(f"scheduler: found {len(betas)} betas, expected one or more, all from 0 to 1")
        if scheduler.config.prediction_type not in get_args(PredictionType):
            allowed = ", ".join(get_args(PredictionType))
            raise ValueError(f"prediction_type: found {scheduler.config.prediction_type!r}, allowed: {allowed}")
        alphas_cumprod = torch.cumprod(1 - betas, dim=0)
        if scheduler.config.rescale_betas_zero_snr:
            # Not quite zero, as in diffusers, so that the SNR and its logarithm stay finite.
            alphas_cumprod[-1] = min(2.0**-24, float(alphas_cumprod[-2]) / 2)
        return cls(alphas_cumprod, scheduler.config.prediction_type)

    @classmethod
    def from_pretrained(cls, folder: str | Path, subfolder: str | None = None) -> NoiseSchedule:
        """The schedule saved beside a model in diffusers' layout."""
        return cls.of(DDPMScheduler.from_pretrained(str(folder), subfolder=subfolder))


@lru_cache(maxsize=8)
def schedule_on(schedule: NoiseSchedule, device: torch.device) -> NoiseSchedule:
    """The schedule with ᾱ on ``device``; it is copied once, so that no training step waits for it."""
    return replace(schedule, alphas_cumprod=schedule.alphas_cumprod.to(device))


def make_scheduler(section: ScheduleSection) -> DDPMScheduler:
    """The diffusers scheduler whose saved config says all about a schedule."""
    # Clipping x_0 is an option of the sampler, never a silent habit of a file.
    return DDPMScheduler(**section.model_dump(), clip_sample=False, timestep_spacing="trailing")
