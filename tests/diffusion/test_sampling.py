"""Samplers against diffusers' own, step by step, and against a distribution whose score is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.sampling import State, ddim, noise_like, sample
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.diffusion.shared_params import PredictionType, SamplerSection, ScheduleSection
from rediffuse.pipeline.errors import InputError

MakeSection = Callable[..., ScheduleSection]  # changes of the defaults in conftest.py

TYPES = get_args(PredictionType)
X_T = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(3))


def sampler(**changes: object) -> SamplerSection:
    defaults = {"num_inference_steps": 12, "spacing": "trailing", "eta": 0, "clip_x0": False}
    return SamplerSection.model_validate({**defaults, "guidance_interval": [0, 1], **changes})


def generators(count: int = 4, first: int = 0) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(100 + first + i) for i in range(count)]


def assert_same_steps(states: Iterator[State], step: Callable[[Tensor, int, Tensor], Tensor], denoise: Denoiser) -> int:
    """Each state against one step of diffusers from the same x_t; the number of states."""
    count, x_t = 0, X_T
    for state in states:
        assert torch.equal(state.x_t, x_t)
        expected = step(denoise(x_t, state.t), state.t, x_t)
        torch.testing.assert_close(state.x_prev, expected, rtol=1e-5, atol=1e-5)
        count, x_t = count + 1, state.x_prev
    return count


def exact(scheduler: DDIMScheduler | DDPMScheduler) -> DDIMScheduler | DDPMScheduler:
    """diffusers' scheduler with ᾱ in double precision: its own is a running product in single."""
    scheduler.alphas_cumprod = torch.cumprod(1 - scheduler.betas.double(), dim=0)
    return scheduler


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("prediction_type", TYPES)
def test_ddim_is_diffusers_own(
    prediction_type: PredictionType, eta: float, clip: bool, section: MakeSection, network: Denoiser
) -> None:
    ours = make_scheduler(section(prediction_type=prediction_type))
    schedule = NoiseSchedule.of(ours)
    for spacing in ("trailing", "leading"):
        reference = exact(DDIMScheduler.from_config(ours.config, clip_sample=clip, timestep_spacing=spacing))
        reference.set_timesteps(12)
        theirs = generators()

        def step(output: Tensor, t: int, x_t: Tensor, reference=reference, theirs=theirs) -> Tensor:
            return reference.step(
                output, t, x_t, eta=eta, use_clipped_model_output=clip, generator=theirs if eta else None
            ).prev_sample

        states = sample(
            sampler(name="ddim", eta=eta, clip_x0=clip, spacing=spacing), network, X_T, schedule, generators()
        )
        assert assert_same_steps(states, step, network) == 12


@pytest.mark.parametrize("prediction_type", TYPES)
@pytest.mark.parametrize(("name", "eta", "variance"), [("ddim", 1.0, "fixed_small"), ("ddpm", 0.0, "fixed_large")])
def test_ancestral_sampling_with_all_steps(
    name: str, eta: float, variance: str, prediction_type: PredictionType, section: MakeSection, network: Denoiser
) -> None:
    """η = 1 is DDPM's small posterior variance, the sampler ``ddpm`` its large one, β_t."""
    config = make_scheduler(section(prediction_type=prediction_type)).config
    reference = DDPMScheduler.from_config(config, variance_type=variance, clip_sample=False)
    if name == "ddim":  # which keeps ᾱ in double precision, where ``ddpm`` is diffusers' own scheduler
        reference = exact(reference)
    reference.set_timesteps(60)
    theirs = generators()
    states = sample(
        sampler(name=name, eta=eta, num_inference_steps=60),
        network,
        X_T,
        NoiseSchedule.of(make_scheduler(section(prediction_type=prediction_type))),
        generators(),
    )

    def step(output: Tensor, t: int, x_t: Tensor) -> Tensor:
        return reference.step(output, t, x_t, generator=theirs).prev_sample

    assert assert_same_steps(states, step, network) == 60


@pytest.mark.parametrize("beta_schedule", ["linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("steps", [5, 20])
def test_dpm_solver_is_diffusers_own(steps: int, beta_schedule: str, section: MakeSection, network: Denoiser) -> None:
    chosen = section(prediction_type="v_prediction", beta_schedule=beta_schedule)
    reference = DPMSolverMultistepScheduler.from_config(
        {**chosen.model_dump(exclude={"rescale_betas_zero_snr"}), "timestep_spacing": "trailing"},
        solver_order=2,
        algorithm_type="dpmsolver++",
        final_sigmas_type="zero",
    )
    reference.set_timesteps(steps)
    states = sample(
        sampler(name="dpmpp", num_inference_steps=steps), network, X_T, NoiseSchedule.of(make_scheduler(chosen))
    )
    count = assert_same_steps(states, lambda output, t, x_t: reference.step(output, t, x_t).prev_sample, network)
    assert count == steps


def test_the_course_grid(section: MakeSection, network: Denoiser) -> None:
    """t = 981, …, 21, 1 and ᾱ_0 behind the last, in plain float64."""
    schedule = NoiseSchedule.of(make_scheduler(section(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02)))
    grid = schedule.timesteps(50, "leading") + 1
    reference = DDIMScheduler(1000, steps_offset=1, set_alpha_to_one=False, timestep_spacing="leading")
    reference.set_timesteps(50)
    assert grid.tolist() == reference.timesteps.tolist() == list(range(981, 0, -20))
    betas = [1e-4 + (0.02 - 1e-4) * i / 999 for i in range(1000)]
    alphas = [math.prod(1 - beta for beta in betas[: t + 1]) for t in [*grid.tolist(), 0]]
    states = ddim(network, X_T, schedule, grid, final_alpha_cumprod=float(schedule.alphas_cumprod[0]))
    for i, state in enumerate(states):
        epsilon = network(state.x_t, state.t).double()
        x_0 = (state.x_t.double() - math.sqrt(1 - alphas[i]) * epsilon) / math.sqrt(alphas[i])
        expected = math.sqrt(alphas[i + 1]) * x_0 + math.sqrt(1 - alphas[i + 1]) * epsilon
        torch.testing.assert_close(state.x_prev.double(), expected, rtol=1e-5, atol=1e-5)
    assert state.t == 1


@pytest.mark.parametrize("name", ["ddim", "ddpm", "dpmpp"])
@pytest.mark.parametrize("steps", [1, 3, 60])
def test_the_last_state_is_the_guess_of_x0(name: str, steps: int, section: MakeSection, network: Denoiser) -> None:
    """Behind the last timestep ᾱ is 1, so no noise may be left in an image, whatever the steps."""
    schedule = NoiseSchedule.of(make_scheduler(section(prediction_type="v_prediction")))
    *_, last = sample(sampler(name=name, num_inference_steps=steps), network, X_T, schedule, generators())
    torch.testing.assert_close(last.x_prev, last.x_0, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "eta"), [("ddim", 0.0), ("ddim", 1.0), ("ddpm", 0.0), ("dpmpp", 0.0)])
def test_an_image_alone_is_the_image_in_a_batch(name: str, eta: float, section: MakeSection) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section()))
    chosen = sampler(name=name, eta=eta)

    def halves(x_t: Tensor, t: int) -> Tensor:  # exact for every size of batch
        return 0.5 * x_t

    *_, batch = sample(chosen, halves, X_T, schedule, generators())
    for i in range(4):
        *_, alone = sample(chosen, halves, X_T[i : i + 1], schedule, generators(1, first=i))
        torch.testing.assert_close(alone.x_prev, batch.x_prev[i : i + 1], rtol=1e-6, atol=1e-6)


def test_noise_of_a_row_is_its_own_generators() -> None:
    assert torch.equal(noise_like(X_T, generators())[2:3], noise_like(X_T[2:3], generators(1, first=2)))
    with pytest.raises(ValueError, match="found 3 for 4 images"):
        noise_like(X_T, generators(3))


def test_refusals(section: MakeSection, network: Denoiser) -> None:
    schedule = NoiseSchedule.of(make_scheduler(section()))
    with pytest.raises(InputError, match=r"num_inference_steps: found 61, at most the model's 60"):
        sample(sampler(name="ddim", num_inference_steps=61), network, X_T, schedule)
    with pytest.raises(ValueError, match="generators"):
        next(iter(sample(sampler(name="ddim", eta=0.5), network, X_T, schedule)))


MEANS = torch.tensor([[-2.0, 0.0], [1.5, 1.5], [1.0, -2.0]])
WEIGHTS = torch.tensor([0.2, 0.5, 0.3])
SPREAD = 0.3  # standard deviation of each component
Z = 3.29  # 99.9 %


def exact_denoiser(schedule: NoiseSchedule) -> Denoiser:
    """E[x_0 | x_t] of the mixture, in closed form; x_t is [1, N, 2]."""

    def denoise(x_t: Tensor, t: int) -> Tensor:
        alpha_cumprod = float(schedule.alphas_cumprod[t])
        variance = alpha_cumprod * SPREAD**2 + 1 - alpha_cumprod
        apart = x_t[..., None, :] - math.sqrt(alpha_cumprod) * MEANS  # [1, N, 3, 2]
        share = (WEIGHTS.log() - apart.square().sum(-1) / (2 * variance)).softmax(-1)
        guess = MEANS + SPREAD**2 * math.sqrt(alpha_cumprod) / variance * apart
        return (share[..., None] * guess).sum(-2)

    return denoise


def within(values: Tensor, truth: Tensor | float) -> bool:
    """Whether the mean of the rows' values lies within its 99.9 % interval of the truth."""
    return bool(((values.mean(0) - truth).abs() <= Z * values.std(0) / math.sqrt(len(values))).all())


@pytest.mark.parametrize(
    ("name", "eta", "steps"), [("ddim", 0.0, 1000), ("ddim", 1.0, 1000), ("ddpm", 0.0, 1000), ("dpmpp", 0.0, 200)]
)
def test_a_known_score_gives_the_distribution(name: str, eta: float, steps: int, section: MakeSection) -> None:
    schedule = NoiseSchedule.of(
        make_scheduler(section(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, prediction_type="sample"))
    )
    assert schedule.alphas_cumprod[-1] < 1e-4
    random: Sequence[torch.Generator] = generators(1)  # all points are one image, so one generator serves
    x_T = torch.randn(1, 4000, 2, generator=torch.Generator().manual_seed(11))
    chosen = sampler(name=name, eta=eta, num_inference_steps=steps)
    for state in sample(chosen, exact_denoiser(schedule), x_T, schedule, random):
        last = state
    points = last.x_prev[0].double()

    means, weights = MEANS.double(), WEIGHTS.double()
    mean = weights @ means
    covariance = (weights[:, None] * means).T @ means - torch.outer(mean, mean) + SPREAD**2 * torch.eye(2)
    apart = points - mean
    assert within(points, mean)
    assert within((apart[:, :, None] * apart[:, None, :]).flatten(1), covariance.flatten())
    nearest = torch.cdist(points, means).argmin(1)
    assert within(torch.nn.functional.one_hot(nearest, 3).double(), weights)
    inside = (points - means[nearest]).square().flatten() / SPREAD**2
    assert abs(float(inside.mean()) - 1) < Z * math.sqrt(2 / len(inside)) + 0.02  # 0.02: finite steps
