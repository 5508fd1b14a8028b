"""Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598).

One convention everywhere, diffusers': output = u + s · (c − u) with s = ``guidance_scale``, so
that 1 is the plain conditional model and 0 the unconditional one. The paper's, and report B's,
(1 + w) · c − w · u is s = 1 + w.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Model = Callable[[Tensor, Tensor, Tensor], Tensor]  # (x_t [B, …], timesteps [B], condition [B, …]) -> output [B, …]
Denoiser = Callable[[Tensor, int], Tensor]  # (x_t [B, …], t) -> output [B, …]


def guide(unconditional: Tensor, conditional: Tensor, guidance_scale: float) -> Tensor:
    """u + s · (c − u) of two outputs [B, …]; s = 0 gives u, s = 1 gives c."""
    return unconditional + guidance_scale * (conditional - unconditional)


def guided(
    model: Model,
    condition: Tensor,  # [B, …]
    null: Tensor,  # [B, …], what stands for "no condition"
    guidance_scale: float = 1.0,  # s; 1 conditional, 0 unconditional
    interval: tuple[float, float] = (0.0, 1.0),  # share of the timesteps in which s holds, else 1
    num_train_timesteps: int = 1000,  # T, which turns t into that share
) -> Denoiser:
    """A denoiser of x_t alone, with the condition and its guidance inside.

    Outside ``interval`` the plain conditional model answers (Kynkäänniemi et al. 2024,
    arXiv 2404.07724); there, and for s = 0 or 1, one pass serves instead of two.
    """

    def denoise(x_t: Tensor, t: int) -> Tensor:
        timesteps = torch.full((len(x_t),), t, dtype=torch.long, device=x_t.device)
        scale = guidance_scale if interval[0] <= t / (num_train_timesteps - 1) <= interval[1] else 1.0
        if scale == 1:
            return model(x_t, timesteps, condition)
        if scale == 0:
            return model(x_t, timesteps, null)
        both = model(x_t.repeat(2, *[1] * (x_t.ndim - 1)), timesteps.repeat(2), torch.cat([condition, null]))
        conditional, unconditional = both.chunk(2)
        return guide(unconditional, conditional, scale)

    return denoise
