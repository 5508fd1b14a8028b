"""Study A9: the differentiable sampler is the pipeline's, its gradient is that of finite differences."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rediffuse.models.clip.embedding import Clip, text_embeds
from rediffuse.models.clip.network import make_image_processor
from rediffuse.models.text2image import model as module
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.studies.a9_refinement import refinement
from rediffuse.studies.a9_refinement.params import AscentSection
from rediffuse.studies.a9_refinement.refinement import (
    PromptTargets,
    clip_input,
    decoded,
    norms,
    optimize_noise,
    refine,
    sampled,
    similarity,
)
from tests.support.small_text2image import load_small

TEXTS = ("a cat by day", "a dog at night", "a bear in the snow")
DRAWING = DrawingSection(num_inference_steps=5, guidance_scale=3.0)


@pytest.fixture
def small_clip(clip: Clip) -> Clip:
    """A copy that may be given other weights, with what prepares its pictures."""
    return Clip(copy.deepcopy(clip.model), clip.tokenizer, make_image_processor(clip.image_size))


def ascent(**changes: object) -> AscentSection:
    base = {"iterations": 3, "learning_rates": (0.1,), "momentum": 0.0, "norm": "keep", "recompute": False}
    return AscentSection.model_validate({**base, **changes})


@pytest.fixture(params=["v_prediction", "epsilon"])
def exact(request: pytest.FixtureRequest, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> TextToImage:
    """A tiny model that multiplies in float32."""
    monkeypatch.setattr(module, "fast_dtype", lambda _: torch.float32)
    return load_small(folders[request.param])


def prompt_targets(model: TextToImage, clip: Clip) -> tuple[PromptTargets, Tensor]:
    targets = PromptTargets(model.text_states(TEXTS), model.text_states([""]), text_embeds(clip, TEXTS).clone())
    return targets, model.noise(3, "refine", range(len(TEXTS)))


def test_the_sampler_is_the_pipelines(exact: TextToImage, small_clip: Clip) -> None:
    targets, x_T = prompt_targets(exact, small_clip)
    steps: list[Tensor] = []
    negative = targets.empty.expand_as(targets.states)
    exact.draw(targets.states, negative, x_T, DRAWING, on_step=lambda _, __, latents: steps.append(latents.clone()))
    with torch.no_grad():
        found = sampled(exact, targets, x_T, DRAWING)
    torch.testing.assert_close(found, steps[-1][: len(TEXTS)], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("recompute", [False, True])
def test_the_gradient_is_that_of_finite_differences(exact: TextToImage, small_clip: Clip, recompute: bool) -> None:
    targets, x_T = prompt_targets(exact, small_clip)
    for network in (exact.pipeline.unet, exact.pipeline.vae, small_clip.model):
        network.double().requires_grad_(False)
    targets = PromptTargets(targets.states.double(), targets.empty.double(), targets.embeds.double())
    short = DrawingSection(num_inference_steps=2, guidance_scale=3.0)

    def score(x: Tensor) -> Tensor:
        latents = sampled(exact, targets, x, short, recompute=recompute)
        sample = exact.pipeline.vae.decode(latents / exact.pipeline.vae.config.scaling_factor).sample
        return similarity(small_clip, sample, targets.embeds).sum()

    x = x_T.double().requires_grad_()
    (gradient,) = torch.autograd.grad(score(x), x)
    direction, step = gradient / gradient.norm(), 1e-3  # some layers compute in float32 whatever they are given
    with torch.no_grad():
        slope = (score(x + step * direction) - score(x - step * direction)) / (2 * step)
    small_clip.model.float()
    assert slope.abs() > 1e-6
    torch.testing.assert_close((gradient * direction).sum(), slope, rtol=1e-2, atol=0)


def test_length_is_kept_or_free(exact: TextToImage, small_clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    targets, x_T = prompt_targets(exact, small_clip)
    seen: list[Tensor] = []
    whole = refinement.sampled

    def watched(model: TextToImage, targets: PromptTargets, x: Tensor, *rest: Any, **named: Any) -> Tensor:
        seen.append(x.detach())
        return whole(model, targets, x, *rest, **named)

    monkeypatch.setattr(refinement, "sampled", watched)
    list(optimize_noise(exact, small_clip, targets, x_T, DRAWING, ascent(), 0.1))
    assert len(seen) == 4
    for x in seen:
        torch.testing.assert_close(norms(x), norms(x_T))
    assert (seen[1] - seen[0]).abs().max() > 1e-3
    seen.clear()
    list(optimize_noise(exact, small_clip, targets, x_T, DRAWING, ascent(norm="free"), 0.5))
    assert (norms(seen[1]) - norms(x_T)).abs().max() > 1e-2


def test_climbing_raises_the_similarity(exact: TextToImage, small_clip: Clip) -> None:
    targets, x_T = prompt_targets(exact, small_clip)
    before, *_, after = refine(exact, small_clip, targets, x_T, DRAWING, ascent(iterations=8), 0.05)

    def scores(images: Tensor) -> Tensor:
        with torch.no_grad():
            return similarity(small_clip, images / 127.5 - 1, targets.embeds)

    assert scores(after).mean() > scores(before).mean()


def test_a_picture_is_the_same_alone_and_twice(exact: TextToImage, small_clip: Clip) -> None:
    targets, x_T = prompt_targets(exact, small_clip)
    together, again = (refine(exact, small_clip, targets, x_T, DRAWING, ascent(), 0.1) for _ in range(2))
    assert torch.equal(together, again)
    rows = torch.tensor([1])
    alone = refine(exact, small_clip, targets.rows(rows), x_T[rows], DRAWING, ascent(), 0.1)
    assert torch.equal(alone[0, 0], together[0, 1])
    assert (alone[:, 0].int() - together[:, 1].int()).abs().max() <= 2
    assert (together[-1].int() - together[0].int()).abs().max() > 2


@pytest.mark.parametrize("size", [(16, 16), (40, 40), (24, 36)])
def test_clip_is_given_what_its_processor_gives(size: tuple[int, int], small_clip: Clip) -> None:
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, 6, 6, generator=random)
    images = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1).mul(255).round().to(torch.uint8)
    theirs = small_clip.image_processor(list(images), return_tensors="pt")["pixel_values"]
    ours = clip_input(small_clip, images.float() / 255)
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours, theirs, atol=0.05, rtol=0)


def test_decoding_is_the_models(exact: TextToImage) -> None:
    latents = torch.randn(2, *exact.shape, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        sample = decoded(exact, latents)
    drawn = ((sample / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    assert (drawn.int() - exact.decode(latents).int()).abs().max() <= 1
