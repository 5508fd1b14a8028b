"""Study A4: matched sampling over the model's own schedule is the pipeline's; naive swaps are diffusers'."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from torch import Tensor

from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.text2image import model as module
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a4_noise_schedules.frequencies import band_contrasts
from rediffuse.studies.a4_noise_schedules.sampling import Matched, naively
from rediffuse.studies.a4_noise_schedules.schedules import custom_schedule, own_betas
from rediffuse.studies.a4_noise_schedules.study import WAYS, Drawn, Start, equal_start, of_the_start
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

TEXTS = ("a cat by day", "a dog at night", "a bear in the snow")
NAMES, EMPTY = ("inverse_square", "log_decay"), torch.zeros(0)
DRAWING = DrawingSection(num_inference_steps=5, guidance_scale=3.0)


@pytest.fixture(params=["v_prediction", "epsilon"])
def exact(request: pytest.FixtureRequest, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> TextToImage:
    """A tiny model that multiplies in float32."""
    monkeypatch.setattr(module, "fast_dtype", lambda _: torch.float32)
    return load_small(folders[request.param])


def asked(model: TextToImage) -> tuple[Tensor, Tensor, Tensor]:
    states = model.text_states(TEXTS)
    return states, model.text_states([""]).expand_as(states), model.noise(3, "schedules", range(len(TEXTS)))


def piped(model: TextToImage, drawing: DrawingSection = DRAWING) -> Tensor:
    states, negative, x_T = asked(model)
    steps: list[Tensor] = []
    model.draw(states, negative, x_T, drawing, on_step=lambda _, __, latents: steps.append(latents.clone()))
    return steps[-1][: len(TEXTS)]


def test_matched_over_the_own_schedule_is_the_pipeline(exact: TextToImage) -> None:
    *_, last = Matched(exact, "default").states(*asked(exact), DRAWING)
    assert torch.allclose(last.x_prev, piped(exact), atol=1e-4)
    *_, other = Matched(exact, "log_decay").states(*asked(exact), DRAWING)
    assert (other.x_prev - last.x_prev).abs().max() > 1e-2


def test_matched_from_a_start_in_the_middle_is_diffusers_ddim_from_there(exact: TextToImage) -> None:
    scheduler = DDIMScheduler.from_config(exact.pipeline.scheduler.config, num_train_timesteps=600)
    scheduler.alphas_cumprod = exact.pipeline.scheduler.alphas_cumprod[:600]
    scheduler.set_timesteps(DRAWING.num_inference_steps)
    assert scheduler.timesteps[0] == 599
    states, negative, x_t = asked(exact)
    for t in scheduler.timesteps.tolist():
        with torch.inference_mode():
            nothing, wanted = (exact.denoiser(part)(x_t, t) for part in (negative, states))
            x_t = scheduler.step(nothing + 3.0 * (wanted - nothing), t, x_t).prev_sample
    *_, last = Matched(exact, "default", length=600).states(*asked(exact), DRAWING)
    assert torch.allclose(last.x_prev, x_t, atol=1e-4)
    *_, whole = Matched(exact, "default").states(*asked(exact), DRAWING)
    assert (last.x_prev - whole.x_prev).abs().max() > 1e-2


def test_the_two_ways_are_one_at_the_steps_of_the_stage(exact: TextToImage) -> None:
    drawing = DrawingSection(**read_yaml(ROOT / "params.yaml")["noise_schedules"]["drawing"])
    *_, last = Matched(exact, "default").states(*asked(exact), drawing)
    assert torch.allclose(last.x_prev, piped(naively(exact, "default"), drawing), atol=1e-4)


def test_steps_that_do_not_divide_the_timesteps_part_the_two_ways(exact: TextToImage) -> None:
    """diffusers' DDIM goes T // steps back from t, and then asks at another timestep."""
    drawing = DRAWING.model_copy(update={"num_inference_steps": 15})
    *_, last = Matched(exact, "default").states(*asked(exact), drawing)
    assert (last.x_prev - piped(exact, drawing)).abs().max() > 1e-3


def test_a_naive_swap_of_the_own_schedule_changes_nothing(exact: TextToImage) -> None:
    assert torch.allclose(piped(naively(exact, "default")), piped(exact), atol=1e-4)


def test_a_naive_swap_is_ddim_over_the_new_betas_at_the_old_timesteps(exact: TextToImage) -> None:
    betas = own_betas(custom_schedule(exact.schedule, "inverse_square"))
    scheduler = DDIMScheduler.from_config(exact.pipeline.scheduler.config, trained_betas=betas.tolist())
    scheduler.set_timesteps(DRAWING.num_inference_steps)
    states, negative, x_t = asked(exact)
    for t in scheduler.timesteps.tolist():
        with torch.inference_mode():
            nothing, wanted = (exact.denoiser(part)(x_t, t) for part in (negative, states))
            x_t = scheduler.step(nothing + 3.0 * (wanted - nothing), t, x_t).prev_sample
    found = piped(naively(exact, "inverse_square"))
    assert torch.allclose(found, x_t, atol=1e-4)
    assert (found - piped(exact)).abs().max() > 1e-2


@pytest.mark.parametrize("name", ["default", "log_decay"])
def test_a_picture_is_the_same_alone(name: str, folders: dict[str, Path]) -> None:
    model = load_small(folders["v_prediction"])
    parts = asked(model)
    for sampler in (Matched(model, name), naively(model, name)):
        together = sampler.draw(*parts, DRAWING)
        states, negative, x_T = (part[1:2] for part in parts)
        alone = sampler.draw(states, negative, x_T, DRAWING)
        assert torch.equal(alone[0], together[1])
        assert torch.equal(sampler.draw(*parts, DRAWING), together)


def test_bands_of_known_waves() -> None:
    place = torch.arange(32)
    slow = 40 * torch.cos(2 * torch.pi * 2 * place / 32).expand(32, 32)  # 2 cycles: an eighth of Nyquist's 16
    fast = 20 * torch.cos(2 * torch.pi * 12 * place / 32)[:, None].expand(32, 32)  # 12 cycles: three quarters
    image = (128 + slow + fast).expand(1, 3, 32, 32)
    low, high = band_contrasts(image, 0.5)
    assert low.item() == pytest.approx(40 / 2**0.5, rel=1e-6) and high.item() == pytest.approx(20 / 2**0.5, rel=1e-6)


def test_bands_add_up_to_the_variance() -> None:
    images = torch.randint(0, 256, (3, 3, 24, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    luma = (images.double() * torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)[:, None, None]).sum(1)
    for cutoff in (0.1, 0.5, 1.3):
        low, high = band_contrasts(images, cutoff)
        assert torch.allclose(low**2 + high**2, luma.var(dim=(1, 2), correction=0))


@pytest.mark.parametrize(("name", "later"), [("inverse_square", "default"), ("log_decay", "log_decay")])
def test_the_control_begins_both_schedules_at_one_noise_level(name: str, later: str) -> None:
    trained = NoiseSchedule.of(DDPMScheduler(beta_schedule="scaled_linear", beta_start=8.5e-4, beta_end=0.012))
    found, timestep = equal_start(trained, name)
    assert found == later and 0 < timestep < 999
    schedules = {"default": trained, name: custom_schedule(trained, name)}
    other = name if later == "default" else "default"
    assert schedules[other].alphas_cumprod[-1] > schedules[later].alphas_cumprod[-1]
    begun, wanted = (torch.logit(part) for part in (schedules[later].alphas_cumprod, schedules[other].alphas_cumprod))
    distances = (begun - wanted[-1]).abs()
    assert distances[timestep] == distances.min() < 0.02


def test_start_and_shape_add_up_to_the_difference() -> None:
    random = torch.Generator().manual_seed(0)
    high = {name: torch.rand(4, 2, generator=random, dtype=torch.float64) for name in ("default", *NAMES)}
    result = {name: {way: Drawn(EMPTY, part, part, part > 0.5) for way in WAYS} for name, part in high.items()}
    begun = torch.rand(4, 2, generator=random, dtype=torch.float64)
    for name, later in zip(NAMES, ("default", "log_decay"), strict=True):
        found = of_the_start(result, name, Start(later, 7, begun))
        whole = float((high[name] - high["default"]).mean())
        assert found["alone"]["mean"] + found["beyond"]["mean"] == pytest.approx(whole)
        # The shape is what differs between two pictures that begin at the same level.
        same = (begun, high["default"]) if later == name else (high[name], begun)
        assert found["beyond"]["mean"] == pytest.approx(float((same[0] - same[1]).mean()))
        assert (found["begun_later"], found["timestep"]) == (later, 7)
