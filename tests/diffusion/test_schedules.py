"""Noise schedules: their laws, and diffusers' own timesteps and ᾱ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import torch
from diffusers import DDIMScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.diffusion.shared_params import BetaSchedule, ScheduleSection, Spacing

MakeSection = Callable[..., ScheduleSection]  # changes of the defaults in conftest.py

SCHEDULES = st.builds(
    ScheduleSection,
    beta_schedule=st.sampled_from(get_args(BetaSchedule)),
    num_train_timesteps=st.integers(2, 1000),
    beta_start=st.floats(1e-5, 1e-3),
    beta_end=st.floats(2e-3, 0.05),
    prediction_type=st.just("v_prediction"),
    rescale_betas_zero_snr=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(SCHEDULES)
def test_alphas_cumprod_falls_within_0_and_1(section: ScheduleSection) -> None:
    alphas_cumprod = NoiseSchedule.of(make_scheduler(section)).alphas_cumprod
    assert alphas_cumprod.dtype == torch.float64
    assert len(alphas_cumprod) == section.num_train_timesteps
    assert alphas_cumprod[-1] > 0 and alphas_cumprod[0] < 1
    assert (alphas_cumprod.diff() < 0).all()
    if section.rescale_betas_zero_snr:
        assert alphas_cumprod[-1] < 1e-7


@pytest.mark.parametrize("beta_schedule", get_args(BetaSchedule))
def test_alphas_cumprod_are_diffusers_own(beta_schedule: str, section: MakeSection) -> None:
    scheduler = make_scheduler(section(beta_schedule=beta_schedule))
    ours = NoiseSchedule.of(scheduler).alphas_cumprod
    torch.testing.assert_close(ours.float(), scheduler.alphas_cumprod, rtol=1e-4, atol=1e-9)


def test_linear_in_closed_form(section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section(num_train_timesteps=500, beta_start=1e-4, beta_end=0.02)))
    betas = torch.linspace(1e-4, 0.02, 500, dtype=torch.float64)
    torch.testing.assert_close(schedule.alphas_cumprod, (1 - betas).cumprod(0), rtol=1e-5, atol=0)
    assert float(schedule.alphas_cumprod[-1].sqrt()) == pytest.approx(0.080, abs=5e-4)  # as report B's T = 500 ends


def test_snr(section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section()))
    at = torch.tensor([0, 59, 7])
    expected = [float(a / (1 - a)) for a in schedule.alphas_cumprod[at]]
    assert schedule.snr(at).tolist() == pytest.approx(expected)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 1000), st.sampled_from(get_args(Spacing)), st.data())
def test_timesteps_fall_within_the_schedule(count: int, spacing: Spacing, data: st.DataObject) -> None:
    steps = data.draw(st.integers(1, count))
    schedule = NoiseSchedule(torch.linspace(0.99, 0.01, count, dtype=torch.float64), "epsilon")
    timesteps = schedule.timesteps(steps, spacing)
    assert timesteps.dtype == torch.int64 and timesteps.shape == (steps,)
    assert (timesteps.diff() < 0).all()
    assert timesteps.min() >= 0 and timesteps.max() < count
    if spacing != "leading":
        assert timesteps[0] == count - 1
    if spacing == "leading" or (spacing == "linspace" and steps > 1):
        assert timesteps[-1] == 0


@pytest.mark.parametrize("spacing", get_args(Spacing))
@pytest.mark.parametrize("steps", [2, 3, 7, 10, 20, 50, 100, 125, 250, 500])
def test_timesteps_are_diffusers_own(steps: int, spacing: Spacing, section: MakeSection) -> None:
    scheduler = make_scheduler(section(num_train_timesteps=500))
    reference = DDIMScheduler.from_config(scheduler.config, timestep_spacing=spacing)
    reference.set_timesteps(steps)
    ours = NoiseSchedule.of(scheduler).timesteps(steps, spacing)
    assert ours.tolist() == reference.timesteps.tolist()


@pytest.mark.parametrize("steps", [0, -1, 61])
def test_too_many_or_no_steps(steps: int, section: MakeSection) -> None:
    with pytest.raises(ValueError, match=f"num_inference_steps: found {steps}, allowed 1 to 60"):
        NoiseSchedule.of(make_scheduler(section())).timesteps(steps)


@pytest.mark.parametrize("beta_schedule", get_args(BetaSchedule))
def test_a_saved_schedule_comes_back_whole(beta_schedule: str, section: MakeSection, tmp_path: Path) -> None:
    scheduler = make_scheduler(section(beta_schedule=beta_schedule, prediction_type="v_prediction"))
    scheduler.save_pretrained(tmp_path / "scheduler")
    found = NoiseSchedule.from_pretrained(tmp_path, subfolder="scheduler")
    assert torch.equal(found.alphas_cumprod, NoiseSchedule.of(scheduler).alphas_cumprod)
    assert found.prediction_type == "v_prediction"
