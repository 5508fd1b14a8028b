"""What is predicted and how it is weighed, against diffusers and against the formulas in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.diffusion import objectives
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.diffusion.shared_params import PredictionType, ScheduleSection, Weighting

MakeSection = Callable[..., ScheduleSection]  # changes of the defaults in conftest.py

TYPES, WEIGHTINGS = get_args(PredictionType), get_args(Weighting)
SNRS = st.floats(1e-6, 1e6)


def draw(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_add_noise_and_velocity_are_diffusers_own(section: MakeSection) -> None:
    scheduler = make_scheduler(section())
    schedule = NoiseSchedule.of(scheduler)
    x_0, noise, timesteps = draw(8, 3, 4, 4), draw(8, 3, 4, 4, seed=1), torch.tensor([0, 1, 5, 10, 30, 45, 58, 59])
    alphas_cumprod = schedule.alphas_cumprod[timesteps]
    x_t = objectives.add_noise(x_0, noise, alphas_cumprod)
    torch.testing.assert_close(x_t, scheduler.add_noise(x_0, noise, timesteps), rtol=1e-5, atol=1e-5)
    velocity = objectives.target(x_0, noise, alphas_cumprod, "v_prediction")
    torch.testing.assert_close(velocity, scheduler.get_velocity(x_0, noise, timesteps), rtol=1e-5, atol=1e-5)


def test_the_loss_of_a_batch_is_the_mean_error_of_what_the_network_says_about_x_t(section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section(prediction_type="epsilon")))
    x_0, noise, timesteps = draw(4, 3, 2, 2), draw(4, 3, 2, 2, seed=1), torch.tensor([0, 9, 30, 59])
    weights = draw(4, 1, 2, 2, seed=2).abs()
    asked: list[torch.Tensor] = []

    def denoise(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        asked.extend([x_t, t])
        return torch.full_like(x_t, 0.5)

    found = objectives.denoising_loss(denoise, x_0, noise, timesteps, schedule, "uniform", torch.device("cpu"), weights)
    assert float(found) == pytest.approx(float((weights * (0.5 - noise).square()).mean()), rel=1e-5)
    assert torch.equal(asked[0], objectives.add_noise(x_0, noise, schedule.alphas_cumprod[timesteps]))
    assert torch.equal(asked[1], timesteps)


def test_the_other_targets() -> None:
    x_0, noise, alphas_cumprod = draw(2, 3), draw(2, 3, seed=1), torch.tensor([0.3, 0.9])
    assert torch.equal(objectives.target(x_0, noise, alphas_cumprod, "epsilon"), noise)
    assert torch.equal(objectives.target(x_0, noise, alphas_cumprod, "sample"), x_0)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-4, 1 - 1e-4), st.sampled_from(TYPES), st.integers(0, 1000))
def test_the_target_read_back_gives_x0_and_epsilon(alpha: float, prediction_type: PredictionType, seed: int) -> None:
    x_0, noise = draw(2, 5, seed=seed, dtype=torch.float64), draw(2, 5, seed=seed + 1, dtype=torch.float64)
    alphas_cumprod = torch.tensor([alpha, 0.5], dtype=torch.float64)
    x_t = objectives.add_noise(x_0, noise, alphas_cumprod)
    output = objectives.target(x_0, noise, alphas_cumprod, prediction_type)
    found = objectives.to_x0_and_epsilon(output, x_t, alphas_cumprod, prediction_type)
    torch.testing.assert_close(found, (x_0, noise), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("prediction_type", TYPES)
def test_loss_is_the_formula(prediction_type: PredictionType, weighting: Weighting, section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section(prediction_type=prediction_type)))
    x_0, noise, output, timesteps = draw(4, 3), draw(4, 3, seed=1), draw(4, 3, seed=2), [0, 9, 30, 59]
    expected = []
    for i, t in enumerate(timesteps):
        a = float(schedule.alphas_cumprod[t])
        snr = a / (1 - a)
        x0_weight = {"min_snr": min(snr, 5.0), "soft_min_snr": 5 * snr / (snr + 5), "uniform": math.nan}[weighting]
        per_output = {"epsilon": snr, "v_prediction": snr + 1, "sample": 1.0}[prediction_type]
        weight = 1.0 if weighting == "uniform" else x0_weight / per_output
        error = 0.0
        for x, e, o in zip(x_0[i].tolist(), noise[i].tolist(), output[i].tolist(), strict=True):
            v = math.sqrt(a) * e - math.sqrt(1 - a) * x
            error += (o - {"epsilon": e, "sample": x, "v_prediction": v}[prediction_type]) ** 2 / 3
        expected.append(weight * error)
    found = objectives.diffusion_loss(output, x_0, noise, torch.tensor(timesteps), schedule, weighting)
    assert found.shape == (4,) and found.dtype == torch.float32
    assert found.tolist() == pytest.approx(expected, rel=1e-5)


def test_place_weights_weigh_the_squared_errors(section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section(prediction_type="epsilon")))
    noise, output, t = draw(2, 3, 4, 4), draw(2, 3, 4, 4, seed=1), torch.tensor([3, 40])
    weights = torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    found = objectives.diffusion_loss(output, noise, noise, t, schedule, "uniform", weights)
    wanted = [
        sum(
            float(w * e)
            for w, e in zip(weights[i].expand(3, -1, -1).flatten(), (output - noise)[i].square().flatten(), strict=True)
        )
        / 48
        for i in range(2)
    ]
    assert found.tolist() == pytest.approx(wanted, rel=1e-5)
    ones = objectives.diffusion_loss(output, noise, noise, t, schedule, "uniform", torch.ones(2, 1, 4, 4))
    assert torch.equal(ones, objectives.diffusion_loss(output, noise, noise, t, schedule, "uniform"))


def test_loss_of_a_perfect_output_in_half_precision(section: MakeSection) -> None:
    """The error is taken in float32 even where the network answers in bfloat16."""
    schedule = NoiseSchedule.of(make_scheduler(section()))
    x_0, noise, t = draw(2, 3, 8, 8), draw(2, 3, 8, 8, seed=1), torch.tensor([3, 40])
    found = objectives.diffusion_loss(noise.bfloat16(), x_0, noise, t, schedule, "uniform")
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx((noise.bfloat16().float() - noise).square().flatten(1).mean(1).tolist())


@settings(deadline=None, max_examples=60)
@given(SNRS)
def test_weights_of_the_three_types_weigh_the_same_error_of_x0(snr: float) -> None:
    """An error d of x_0 is √SNR · d in ε and √(SNR + 1) · d in v, so the weighted squares must agree."""
    at = torch.tensor([snr], dtype=torch.float64)
    for weighting in ("min_snr", "soft_min_snr"):
        weights = {kind: float(objectives.loss_weight(at, kind, weighting)) for kind in TYPES}
        assert weights["epsilon"] * snr == pytest.approx(weights["sample"])
        assert weights["v_prediction"] * (snr + 1) == pytest.approx(weights["sample"])
        assert 0 < weights["sample"] <= 5 and weights["sample"] <= snr * (1 + 1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.integers(2, 1000), st.integers(0, 1000))
def test_one_timestep_in_each_stratum(count: int, num_train_timesteps: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    timesteps = objectives.stratified_timesteps(count, num_train_timesteps, random)
    assert timesteps.shape == (count,) and timesteps.dtype == torch.int64
    for stratum, t in enumerate(timesteps.sort().values.tolist()):
        assert math.floor(stratum * num_train_timesteps / count - 1e-9) <= t
        assert t < (stratum + 1) * num_train_timesteps / count + 1e-9


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 200), st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.integers(0, 1000))
def test_noisy_timesteps_lie_one_in_each_stratum_of_their_density(count: int, power: float, seed: int) -> None:
    alphas_cumprod = torch.linspace(0.999, 0.001, 50) ** 2
    found = objectives.noisy_timesteps(count, alphas_cumprod, power, torch.Generator().manual_seed(seed))
    assert found.shape == (count,) and found.dtype == torch.int64
    density = (1 - alphas_cumprod.double()) ** power
    upper = (density.cumsum(0) / density.sum()).tolist()
    for stratum, t in enumerate(found.sort().values.tolist()):
        lower = upper[t - 1] if t else 0.0
        assert lower - 1e-6 <= (stratum + 1) / count and stratum / count <= upper[t] + 1e-6


def test_noisy_timesteps_come_as_often_as_their_density_says() -> None:
    alphas_cumprod = torch.tensor([0.91, 0.75, 0.36])  # the roots of 1 − ᾱ are .3, .5, .8
    found = objectives.noisy_timesteps(1600, alphas_cumprod, 0.5, torch.Generator().manual_seed(0))
    assert torch.bincount(found).tolist() == pytest.approx([300, 500, 800], abs=2)


def test_strata_are_shuffled_and_each_timestep_is_as_likely() -> None:
    random = torch.Generator().manual_seed(0)
    rows = torch.stack([objectives.stratified_timesteps(8, 16, random) for _ in range(2000)])
    first = torch.bincount(rows[:, 0], minlength=16).double() / 2000
    assert (first - 1 / 16).abs().max() < 4 * math.sqrt(1 / 16 * 15 / 16 / 2000)  # also the first row has every t
