"""Steering against the pipeline's own guided sampling, and against the formula in float64."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from rediffuse.models.text2image import model as model_module
from rediffuse.models.text2image.model import TextToImage, ddim
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.studies.a6_edit_attribute.editing import Edit, edit_latents, encode_edit, steered
from tests.support.small_pictures import small_pictures
from tests.support.small_text2image import load_small, save_small_pipeline

SOURCE = ("a picture of a cat at night", "a picture of a dog at night", "a picture of a hat at night")
TARGET = ("a picture of a cat by day", "a picture of a dog by day", "a picture of a hat by day")
DRAWING = DrawingSection(num_inference_steps=5, guidance_scale=4.0)


@pytest.fixture(scope="module", params=["v_prediction", "epsilon"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp(request.param)
    save_small_pipeline(where, small_pictures(), request.param)
    return where


@pytest.fixture
def model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> TextToImage:
    # In bfloat16 a batch of another size may differ in its last bits, which is not what is tested.
    monkeypatch.setattr(model_module, "fast_dtype", lambda device: torch.float32)
    return load_small(folder, batch_size=2)


@pytest.fixture(name="x_T")
def first_noise(model: TextToImage) -> Tensor:
    return model.noise(3, "editing", range(3))


def drawn(model: TextToImage, states: Tensor, empty: Tensor, x_T: Tensor) -> Tensor:
    """The latents behind ``TextToImage.draw``, of three pictures in two batches of two."""
    last: list[Tensor] = []

    def keep(step: int, _: int, latents: Tensor) -> None:
        if step == DRAWING.num_inference_steps - 1:
            last.append(latents.clone())

    model.draw(states, empty.expand_as(states), x_T, DRAWING, on_step=keep)
    return torch.cat(last)[: len(x_T)]


@pytest.mark.parametrize("warmup_steps", [0, 2])
def test_without_steering_the_source_is_drawn(model: TextToImage, x_T: Tensor, warmup_steps: int) -> None:
    edit = encode_edit(model, SOURCE, TARGET)
    found = edit_latents(model, edit, x_T, [0.0, 3.0], DRAWING, warmup_steps)
    wanted = drawn(model, edit.source, edit.empty, x_T)
    assert found.shape == (2, *x_T.shape)
    assert (found[0] - wanted).abs().max() < 1e-4
    assert (found[1] - wanted).abs().max() > 1e-2


def test_without_steering_the_pipeline_itself_draws_the_same(folder: Path, model: TextToImage, x_T: Tensor) -> None:
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, local_files_only=True)
    pipeline.scheduler = ddim(pipeline.scheduler)
    pipeline.set_progress_bar_config(disable=True)
    steps, scale = DRAWING.num_inference_steps, DRAWING.guidance_scale
    wanted = pipeline(
        list(SOURCE), latents=x_T, num_inference_steps=steps, guidance_scale=scale, output_type="latent"
    ).images
    found = edit_latents(model, encode_edit(model, SOURCE, TARGET), x_T, [0.0], DRAWING, 1)[0]
    assert (found - wanted).abs().max() < 1e-4


def test_steered_by_w_from_the_start_the_target_is_drawn(model: TextToImage, x_T: Tensor) -> None:
    edit = encode_edit(model, SOURCE, TARGET)
    found = edit_latents(model, edit, x_T, [DRAWING.guidance_scale], DRAWING, 0)[0]
    assert (found - drawn(model, edit.target, edit.empty, x_T)).abs().max() < 1e-4


def test_after_a_warm_up_it_is_not_the_target(model: TextToImage, x_T: Tensor) -> None:
    edit = encode_edit(model, SOURCE, TARGET)
    target = drawn(model, edit.target, edit.empty, x_T)
    errors = [
        float((edit_latents(model, edit, x_T, [4.0], DRAWING, steps)[0] - target).abs().mean()) for steps in (0, 1, 4)
    ]
    assert errors[0] < 1e-4 < errors[1] < errors[2]


def test_a_picture_is_the_same_alone_and_among_others(folder: Path) -> None:
    model = load_small(folder, batch_size=4)  # in this machine's own precision
    edit, x_T = encode_edit(model, SOURCE, TARGET), model.noise(3, "editing", range(3))
    together = edit_latents(model, edit, x_T, [0.0, 2.0, 5.0], DRAWING, 2)
    alone = edit_latents(model, edit.rows(torch.tensor([1])), x_T[1:2], [5.0], DRAWING, 2)
    assert torch.equal(together[2, 1], alone[0, 0])
    assert torch.equal(edit_latents(model, edit, x_T, [0.0, 2.0, 5.0], DRAWING, 2), together)


def test_the_three_predictions_are_joined_by_the_formula() -> None:
    outputs = torch.randn(6, 4, 2, 2, generator=torch.Generator().manual_seed(0))
    scales = torch.tensor([0.0, 7.0])
    found = steered(outputs, 3.0, scales)
    nothing, source, target = outputs.double().unflatten(0, (3, 2))
    for row, scale in enumerate((0.0, 7.0)):
        wanted = (1 - 3.0) * nothing[row] + (3.0 - scale) * source[row] + scale * target[row]
        assert (found[row].double() - wanted).abs().max() < 1e-5


def test_states_stand_in_the_order_of_the_batch() -> None:
    source, target, empty = torch.ones(2, 1, 1), torch.full((2, 1, 1), 2.0), torch.zeros(1, 1, 1)
    edit = Edit(source, target, empty)
    assert edit.states(both=True).flatten().tolist() == [0, 0, 1, 1, 2, 2]
    assert edit.states(both=False).flatten().tolist() == [0, 0, 1, 1]
