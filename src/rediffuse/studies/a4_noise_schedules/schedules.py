"""The β schedules of study A4: the model's own, and two that rise otherwise between the same ends.

With u = t / (T − 1) from 0 to 1, and β_1, β_T the model's first and last:

    inverse_square   β(u) = β_T / (1 + k (1 − u))²,  k = √(β_T / β_1) − 1
    log_decay        β(u) = β_1 + (β_T − β_1) · ln(1 + (e − 1) u)

Inverse-square adds most of its noise at the very end: the mean of β is the geometric mean of its ends, √(β_1 β_T).
Log-decay adds much of it early: the mean of β lies at 1/(e − 1) = 0.582 of the way from β_1 to β_T. Σβ is about
−ln ᾱ_T, so the first ends with signal left and the second with almost none.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from rediffuse.diffusion.schedules import NoiseSchedule


def own_betas(schedule: NoiseSchedule) -> Tensor:
    """The β of a schedule's ᾱ, float64 [T]: β_t = 1 − ᾱ_t / ᾱ_{t−1}."""
    before = torch.cat([torch.ones(1, dtype=torch.float64), schedule.alphas_cumprod[:-1]])
    return 1 - schedule.alphas_cumprod / before


def inverse_square(betas: Tensor) -> Tensor:
    """Between the ends of ``betas``, float64 [T]."""
    first, last, way = _ends(betas)
    return last / (1 + (math.sqrt(last / first) - 1) * (1 - way)) ** 2


def log_decay(betas: Tensor) -> Tensor:
    """Between the ends of ``betas``, float64 [T]."""
    first, last, way = _ends(betas)
    return first + (last - first) * torch.log1p((math.e - 1) * way)


def _ends(betas: Tensor) -> tuple[float, float, Tensor]:
    return float(betas[0]), float(betas[-1]), torch.linspace(0, 1, len(betas), dtype=torch.float64)


SCHEDULES: dict[str, Callable[[Tensor], Tensor]] = {
    "default": lambda betas: betas,
    "inverse_square": inverse_square,
    "log_decay": log_decay,
}


def custom_schedule(schedule: NoiseSchedule, name: str) -> NoiseSchedule:
    """One of ``SCHEDULES`` with the ends, the length and the kind of prediction of ``schedule``."""
    betas = SCHEDULES[name](own_betas(schedule))
    return NoiseSchedule(torch.cumprod(1 - betas, dim=0), schedule.prediction_type)


def nearest_timesteps(wanted: NoiseSchedule, trained: NoiseSchedule) -> Tensor:
    """For each t of ``wanted`` the t of ``trained`` whose log-SNR is nearest, int64 [T]."""
    noise_levels = [-_log_snr(part) for part in (wanted, trained)]  # rising
    right = torch.searchsorted(noise_levels[1], noise_levels[0]).clamp(1, len(noise_levels[1]) - 1)
    nearer = noise_levels[0] - noise_levels[1][right - 1] <= noise_levels[1][right] - noise_levels[0]
    return torch.where(nearer, right - 1, right)


def _log_snr(schedule: NoiseSchedule) -> Tensor:
    return torch.logit(schedule.alphas_cumprod)
