"""What a diffusion model is trained to predict, and how its error is weighed.

One model output stands for x_0, ε or v; the three are linear in each other at a fixed x_t
(Salimans & Ho 2022, arXiv 2202.00512, appendix D):

    v = √ᾱ · ε − √(1 − ᾱ) · x_0,    x_0 = √ᾱ · x_t − √(1 − ᾱ) · v
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rediffuse.diffusion.schedules import NoiseSchedule, schedule_on
from rediffuse.diffusion.shared_params import PredictionType, Weighting


def add_noise(x_0: Tensor, noise: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """x_t = √ᾱ x_0 + √(1 − ᾱ) ε (Ho et al. 2020, eq. 4).

    Args:
        x_0, noise: [B, …] of one shape.
        alphas_cumprod: [B], each image's ᾱ_t.
    """
    alpha, sigma = signal_and_noise(alphas_cumprod, x_0)
    return alpha * x_0 + sigma * noise


def target(x_0: Tensor, noise: Tensor, alphas_cumprod: Tensor, prediction_type: PredictionType) -> Tensor:
    """What the model should say about x_t, [B, …]."""
    if prediction_type == "epsilon":
        return noise
    if prediction_type == "sample":
        return x_0
    alpha, sigma = signal_and_noise(alphas_cumprod, x_0)
    return alpha * noise - sigma * x_0


def to_x0_and_epsilon(
    output: Tensor, x_t: Tensor, alphas_cumprod: Tensor, prediction_type: PredictionType
) -> tuple[Tensor, Tensor]:
    """Read a model's output as (x_0, ε), both [B, …]."""
    alpha, sigma = signal_and_noise(alphas_cumprod, x_t)
    if prediction_type == "epsilon":
        return (x_t - sigma * output) / alpha, output
    if prediction_type == "sample":
        return output, (x_t - alpha * output) / sigma
    return alpha * x_t - sigma * output, alpha * output + sigma * x_t


def loss_weight(snr: Tensor, prediction_type: PredictionType, weighting: Weighting, gamma: float = 5.0) -> Tensor:
    """Weight of each image's mean squared error in the model's own output, of ``snr``'s shape.

    ``uniform`` weighs the output's error by 1. ``min_snr`` weighs the error of x_0 by min(SNR, γ)
    (Hang et al. 2023, arXiv 2303.09556, eq. 7), ``soft_min_snr`` by the smooth SNR·γ/(SNR + γ)
    (Crowson et al. 2024, arXiv 2401.11605, section 4.3); both are divided by what turns an error
    of x_0 into one of the output: SNR for ε, SNR + 1 for v.
    """
    if weighting == "uniform":
        return torch.ones_like(snr)
    x0_weight = snr.clamp(max=gamma) if weighting == "min_snr" else snr * gamma / (snr + gamma)
    if prediction_type == "epsilon":
        return x0_weight / snr
    return x0_weight / (snr + 1) if prediction_type == "v_prediction" else x0_weight


def stratified_uniform(count: int, generator: torch.Generator) -> Tensor:
    """``count`` numbers, float64 [count] in [0, 1): one from each of ``count`` equal strata, shuffled.

    Each is uniform; together they cover the range evenly, which lowers the variance of a loss at such timesteps
    (Kingma et al. 2021, arXiv 2107.00630, appendix I.1).
    """
    strata = torch.arange(count, dtype=torch.float64)
    uniform = (strata + torch.rand(count, generator=generator, dtype=torch.float64)) / count
    return uniform[torch.randperm(count, generator=generator)]


def stratified_timesteps(count: int, num_train_timesteps: int, generator: torch.Generator) -> Tensor:
    """``count`` timesteps, int64 [count] in [0, T), each uniform, by ``stratified_uniform``."""
    return (stratified_uniform(count, generator) * num_train_timesteps).long().clamp(max=num_train_timesteps - 1)


def noisy_timesteps(count: int, alphas_cumprod: Tensor, power: float, generator: torch.Generator) -> Tensor:
    """``count`` timesteps, int64 [count] in [0, T), sampled in proportion to (1 − ᾱ_t) to ``power``.

    One is taken from each of ``count`` strata of equal probability. Weighting the loss by the same factor has the
    same expectation and a higher variance.

    Args:
        alphas_cumprod: ᾱ_t, [T].
        power: 0 samples evenly; the higher, the more of the noisy timesteps.
    """
    density = (1 - alphas_cumprod.double()) ** power
    cumulative = density.cumsum(0) / density.sum()
    drawn = stratified_uniform(count, generator)
    return torch.searchsorted(cumulative, drawn, right=True).clamp(max=len(density) - 1)


def diffusion_loss(
    output: Tensor,
    x_0: Tensor,
    noise: Tensor,
    timesteps: Tensor,
    schedule: NoiseSchedule,
    weighting: Weighting,
    place_weights: Tensor | None = None,
) -> Tensor:
    """Weighted mean squared error of each image, float32 [B]; its mean is the training loss.

    Args:
        output: the model's answer to ``add_noise(x_0, noise, ᾱ_t)``, [B, …].
        x_0, noise: [B, …].
        timesteps: int64 [B].
        place_weights: of the squared errors, of a shape that broadcasts to x_0's; None for 1 everywhere.
    """
    alphas_cumprod = schedule.alphas_cumprod[timesteps].to(x_0)
    wanted = target(x_0, noise, alphas_cumprod, schedule.prediction_type)
    squares = (output.float() - wanted).square()
    if place_weights is not None:
        squares = squares * place_weights
    error = squares.flatten(1).mean(1)
    return loss_weight(schedule.snr(timesteps), schedule.prediction_type, weighting).to(error) * error


def denoising_loss(
    denoise: Callable[[Tensor, Tensor], Tensor],  # (x_t [B, …], timesteps [B]) -> output [B, …], on ``device``
    x_0: Tensor,
    noise: Tensor,
    timesteps: Tensor,
    schedule: NoiseSchedule,
    weighting: Weighting,
    device: torch.device,
    place_weights: Tensor | None = None,
) -> Tensor:
    """Mean loss of a batch (Ho et al. 2020, algorithm 1), a scalar on ``device``; the batch is there or on the CPU."""
    schedule = schedule_on(schedule, device)
    x_0, noise, timesteps = x_0.to(device), noise.to(device), timesteps.to(device)
    output = denoise(add_noise(x_0, noise, schedule.alphas_cumprod[timesteps]), timesteps)
    weights = None if place_weights is None else place_weights.to(device)
    return diffusion_loss(output, x_0, noise, timesteps, schedule, weighting, weights).mean()


def signal_and_noise(alphas_cumprod: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """√ᾱ and √(1 − ᾱ), taken in float64, in the dtype of ``like`` and shaped to multiply it."""
    shape = (-1,) + (1,) * (like.ndim - 1)
    exact = alphas_cumprod.double()
    return exact.sqrt().to(like).view(shape), (1 - exact).sqrt().to(like).view(shape)
