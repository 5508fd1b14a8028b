"""Samplers: each yields every state on the way from x_T to x_0, so a film strip costs nothing.

``ddim`` is written out, for its η is what study B2 is about; every other sampler is one of
diffusers' schedulers, run by ``with_scheduler`` with the same arguments and the same states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.objectives import to_x0_and_epsilon
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.diffusion.shared_params import SamplerSection
from rediffuse.pipeline.errors import InputError


@dataclass(frozen=True)
class State:
    """A sampler's state after one step.

    Attributes:
        t: the timestep that was just left.
        x_t: the image before the step, [B, …].
        x_0: the model's guess of the clean image at t, [B, …].
        x_prev: the image after the step, [B, …]; that of the last state is the sample.
    """

    t: int
    x_t: Tensor
    x_0: Tensor
    x_prev: Tensor


def sample(
    sampler: SamplerSection,
    denoise: Denoiser,
    x_T: Tensor,  # [B, …], standard normal
    schedule: NoiseSchedule,
    generators: Sequence[torch.Generator] | None = None,  # one an image, for the samplers that draw noise
) -> Iterator[State]:
    """Every state of the sampler that ``sampler`` names.

    Raises:
        InputError: more steps than the schedule has.
    """
    if sampler.num_inference_steps > schedule.num_train_timesteps:
        raise InputError(
            f"sampler.num_inference_steps: found {sampler.num_inference_steps}, "
            f"at most the model's {schedule.num_train_timesteps} timesteps"
        )
    timesteps = schedule.timesteps(sampler.num_inference_steps, sampler.spacing)
    if sampler.name == "ddim":
        return ddim(denoise, x_T, schedule, timesteps, sampler.eta, generators, sampler.clip_x0)
    scheduler = ancestral(schedule) if sampler.name == "ddpm" else dpm_solver(schedule)
    return with_scheduler(scheduler, denoise, x_T, schedule, timesteps, generators)


def ancestral(schedule: NoiseSchedule) -> DDPMScheduler:
    """DDPM's ancestral sampler with the variance β_t, as report B has it (Ho et al. 2020, section 3.2)."""
    return DDPMScheduler(**_config(schedule), variance_type="fixed_large", clip_sample=False)


def dpm_solver(schedule: NoiseSchedule) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ 2M (Lu et al. 2022, arXiv 2211.01095, algorithm 2)."""
    return DPMSolverMultistepScheduler(
        **_config(schedule), solver_order=2, algorithm_type="dpmsolver++", final_sigmas_type="zero"
    )


def _config(schedule: NoiseSchedule) -> dict[str, object]:
    ratio = schedule.alphas_cumprod / torch.cat([torch.ones(1, dtype=torch.float64), schedule.alphas_cumprod[:-1]])
    return {
        "num_train_timesteps": schedule.num_train_timesteps,
        "trained_betas": (1 - ratio).tolist(),
        "prediction_type": schedule.prediction_type,
    }


def ddim(
    denoise: Denoiser,
    x_T: Tensor,  # [B, …]
    schedule: NoiseSchedule,
    timesteps: Tensor,  # int64 [S], falling
    eta: float = 0.0,  # 0 deterministic … 1 as noisy as DDPM's posterior
    generators: Sequence[torch.Generator] | None = None,  # one an image, on the CPU; needed for η > 0
    clip_x0: bool = False,  # clip x_0 to [−1, 1] and take ε anew from it
    final_alpha_cumprod: float = 1.0,  # ᾱ behind the last timestep; the course's DDIM takes ᾱ_0
) -> Iterator[State]:
    """DDIM (Song et al. 2021, arXiv 2010.02502, eq. 12 and 16).

        x_prev = √ᾱ_prev · x_0 + √(1 − ᾱ_prev − σ²) · ε + σ · z
        σ = η · √((1 − ᾱ_prev)/(1 − ᾱ_t)) · √(1 − ᾱ_t/ᾱ_prev)

    Image i depends on x_T[i] and generators[i] alone, not on its place in the batch.
    """
    if eta > 0 and generators is None:
        raise ValueError("generators: η > 0 draws noise, so each image needs its own generator")
    alphas_cumprod = [float(schedule.alphas_cumprod[t]) for t in timesteps] + [final_alpha_cumprod]
    x_t = x_T
    for step, t in enumerate(timesteps.tolist()):
        now, prev = alphas_cumprod[step], alphas_cumprod[step + 1]
        x_0, epsilon = read_output(denoise(x_t, t), x_t, now, schedule, clip_x0)
        variance = eta**2 * (1 - prev) / (1 - now) * (1 - now / prev)
        x_prev = prev**0.5 * x_0 + max(1 - prev - variance, 0.0) ** 0.5 * epsilon
        if variance > 0:
            assert generators is not None
            x_prev = x_prev + variance**0.5 * noise_like(x_t, generators)
        yield State(t, x_t, x_0, x_prev)
        x_t = x_prev


def with_scheduler(
    scheduler: DDPMScheduler | DPMSolverMultistepScheduler,
    denoise: Denoiser,
    x_T: Tensor,  # [B, …]
    schedule: NoiseSchedule,
    timesteps: Tensor,  # int64 [S], falling
    generators: Sequence[torch.Generator] | None = None,  # one an image
) -> Iterator[State]:
    """Sample with a scheduler of diffusers that takes custom timesteps; the states are as ``ddim``'s."""
    scheduler.set_timesteps(timesteps=timesteps.tolist())
    generator = list(generators) if generators is not None else None
    x_t = x_T
    for t in timesteps.tolist():
        output = denoise(x_t, t)
        x_0, _ = read_output(output, x_t, float(schedule.alphas_cumprod[t]), schedule, clip_x0=False)
        x_prev = scheduler.step(output, t, x_t, generator=generator).prev_sample
        if t == int(timesteps[-1]):
            x_prev = x_0  # the scheduler adds noise wherever t > 0, also where no step follows
        yield State(t, x_t, x_0, x_prev)
        x_t = x_prev


def read_output(
    output: Tensor, x_t: Tensor, alpha_cumprod: float, schedule: NoiseSchedule, clip_x0: bool
) -> tuple[Tensor, Tensor]:
    """A model's output as (x_0, ε); with ``clip_x0``, x_0 in [−1, 1] and the ε that fits it."""
    alphas_cumprod = torch.full((len(x_t),), alpha_cumprod, dtype=torch.float64, device=x_t.device)
    x_0, epsilon = to_x0_and_epsilon(output, x_t, alphas_cumprod, schedule.prediction_type)
    if clip_x0:
        return to_x0_and_epsilon(x_0.clamp(-1, 1), x_t, alphas_cumprod, "sample")
    return x_0, epsilon


def noise_like(x: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Standard normal noise of x's shape; row i comes from generators[i] and nothing else."""
    if len(generators) != len(x):
        raise ValueError(f"generators: found {len(generators)} for {len(x)} images")
    return torch.stack([torch.randn(x.shape[1:], generator=generator) for generator in generators]).to(x)
