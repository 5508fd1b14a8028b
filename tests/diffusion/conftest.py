"""Schedules and a fixed small network that the tests of the folder share."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.shared_params import ScheduleSection

MakeSection = Callable[..., ScheduleSection]


@pytest.fixture(scope="session")
def section() -> MakeSection:
    def make(**changes: object) -> ScheduleSection:
        defaults = {
            "beta_schedule": "linear",
            "num_train_timesteps": 60,
            "beta_start": 1e-3,
            "beta_end": 0.15,
            "prediction_type": "epsilon",
            "rescale_betas_zero_snr": False,
        }
        return ScheduleSection.model_validate({**defaults, **changes})

    return make


@pytest.fixture(scope="session")
def network() -> Denoiser:
    """A convolution with fixed random weights, different at each timestep."""
    weight = torch.randn(3, 3, 3, 3, generator=torch.Generator().manual_seed(7)) * 0.2

    def denoise(x_t: Tensor, t: int) -> Tensor:
        return F.conv2d(x_t, weight, padding=1) * (1 + 0.1 * math.cos(t))

    return denoise
