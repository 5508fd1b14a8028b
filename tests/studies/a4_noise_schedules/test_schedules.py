"""The schedules of study A4 against their formulas."""

from __future__ import annotations

import math

import pytest
import torch
from diffusers import DDPMScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.studies.a4_noise_schedules.schedules import (
    SCHEDULES,
    custom_schedule,
    inverse_square,
    log_decay,
    nearest_timesteps,
    own_betas,
)

FIRST, LAST, STEPS = 8.5e-4, 0.012, 1000  # Stable Diffusion's
SD = NoiseSchedule.of(
    DDPMScheduler(beta_schedule="scaled_linear", beta_start=FIRST, beta_end=LAST, num_train_timesteps=STEPS)
)


def test_own_betas_are_those_of_the_scheduler() -> None:
    scheduler = DDPMScheduler(beta_schedule="scaled_linear", beta_start=FIRST, beta_end=LAST)
    assert torch.allclose(own_betas(NoiseSchedule.of(scheduler)), scheduler.betas.double(), rtol=1e-9)


@given(st.floats(1e-5, 1e-2), st.floats(1.5, 100), st.integers(2, 1500))
@settings(deadline=None)
def test_every_schedule_rises_between_the_same_ends(first: float, ratio: float, steps: int) -> None:
    last = min(first * ratio, 0.5)
    betas = torch.linspace(first, last, steps, dtype=torch.float64)
    schedule = NoiseSchedule(torch.cumprod(1 - betas, 0), "epsilon")
    for name, make in SCHEDULES.items():
        made = make(betas)
        assert len(made) == steps and (made.diff() > 0).all(), name
        assert made[0].item() == pytest.approx(first, rel=1e-9) and made[-1].item() == pytest.approx(last, rel=1e-9)
        alphas = custom_schedule(schedule, name).alphas_cumprod
        assert (alphas.diff() < 0).all() and alphas[-1] > 0 and alphas[0] < 1, name


def test_the_formulas() -> None:
    betas = own_betas(SD)
    k = math.sqrt(LAST / FIRST) - 1
    for t in (0, 17, 500, 999):
        u = t / (STEPS - 1)
        assert inverse_square(betas)[t].item() == pytest.approx(LAST / (1 + k * (1 - u)) ** 2, rel=1e-6)
        wanted = FIRST + (LAST - FIRST) * math.log(1 + (math.e - 1) * u)
        assert log_decay(betas)[t].item() == pytest.approx(wanted, rel=1e-6)


def test_the_signal_that_is_left() -> None:
    left = {name: custom_schedule(SD, name).alphas_cumprod[-1].item() for name in SCHEDULES}
    # −ln ᾱ_T is nearly T times the mean of β, and of β²/2, by the integrals that the module states
    assert left["inverse_square"] == pytest.approx(math.exp(-STEPS * math.sqrt(FIRST * LAST)), rel=0.05)
    mean = FIRST + (LAST - FIRST) / (math.e - 1)
    assert left["log_decay"] == pytest.approx(math.exp(-STEPS * mean), rel=0.06)
    assert left["log_decay"] < left["default"] < left["inverse_square"]
    assert left["default"] == pytest.approx(0.00466, abs=1e-5)


def test_nearest_timesteps_by_search() -> None:
    for name in SCHEDULES:
        wanted = custom_schedule(SD, name)
        found = nearest_timesteps(wanted, SD)
        gaps = (torch.logit(wanted.alphas_cumprod)[:, None] - torch.logit(SD.alphas_cumprod)[None, :]).abs()
        assert torch.equal(gaps.gather(1, found[:, None])[:, 0], gaps.amin(1)), name
    assert torch.equal(nearest_timesteps(SD, SD), torch.arange(STEPS))
