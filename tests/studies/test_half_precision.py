"""What every study computes with a model runs with half-precision weights and comes close to float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.interpolation import slerp
from rediffuse.evaluation.real_pictures import through_autoencoder
from rediffuse.models.clip.embedding import Clip, text_embeds
from rediffuse.models.clip.network import make_image_processor
from rediffuse.models.controlnet import training as controlnet_training
from rediffuse.models.controlnet.model import Controlled, fresh_controlnet
from rediffuse.models.controlnet.params import Params as ControlNetParams
from rediffuse.models.text2image import autoencoder
from rediffuse.models.text2image import model as module
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline import compute
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a4_noise_schedules.sampling import Matched, naively
from rediffuse.studies.a6_edit_attribute.editing import edit_latents, encode_edit
from rediffuse.studies.a8_sketch_to_image.study import reconstructed
from rediffuse.studies.a9_refinement import refinement
from rediffuse.studies.a9_refinement.params import AscentSection
from rediffuse.studies.a9_refinement.refinement import PromptTargets, decoded, refine, sampled, similarity
from rediffuse.studies.b3b_personalization import inversion
from rediffuse.studies.b3b_personalization.composed_sampling import draw_composed
from rediffuse.studies.b3b_personalization.inversion import InversionData, Word, embeddings_of, learn_word, with_words
from rediffuse.studies.b3b_personalization.params import InversionSection
from rediffuse.training.fit import plan_training
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

TEXTS = ("a cat by day", "a dog at night", "a bear in the snow")
DRAWING = DrawingSection(num_inference_steps=4, guidance_scale=2.0)
WORD = "<new1>"
INVERSION = InversionSection(
    learning_rate=0.05,
    steps=3,
    batch_size=2,
    warmup=1,
    drawing_weight=1.0,
    timestep_power=1.0,
    log_every=1,
    num_evaluations=2,
    compositions=1,
)
Load = Callable[[torch.dtype], TextToImage]


@pytest.fixture(autouse=True)
def fresh_accelerator() -> Iterator[None]:
    """Other tests may have set a precision for the process."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(params=[torch.float16, torch.bfloat16], ids=["float16", "bfloat16"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    found: torch.dtype = request.param
    return found


@pytest.fixture
def load(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Load:
    """Read a tiny model with weights of a type; sums are in that type, and in float32 where weights are."""
    for part in (module, autoencoder, compute):
        monkeypatch.setattr(part, "fast_dtype", lambda _: torch.float32)

    def loaded(dtype: torch.dtype) -> TextToImage:
        monkeypatch.setattr(module, "dtype_of_weights", lambda _: dtype)
        model = load_small(folders["v_prediction"])
        parts = (model.pipeline.unet, model.pipeline.vae, model.pipeline.text_encoder)
        assert {weight.dtype for part in parts for weight in part.parameters()} == {dtype}
        return model

    return loaded


@pytest.fixture
def reader(clip: Clip) -> Clip:
    return Clip(clip.model, clip.tokenizer, make_image_processor(clip.image_size))


def pictures_of(random: int = 0) -> Tensor:
    coarse = torch.rand(3, 3, 6, 6, generator=torch.Generator().manual_seed(random))
    return torch.nn.functional.interpolate(coarse, 32, mode="bilinear").mul(255).round().to(torch.uint8)


def encoded(model: TextToImage) -> Tensor:
    return encode(model.pipeline.vae, pictures_of())


def drawn(model: TextToImage) -> Tensor:
    states = model.text_states(TEXTS)
    return model.draw(states, model.text_states([""]).expand_as(states), model.noise(3, "half", range(3)), DRAWING)


def interpolated(model: TextToImage) -> Tensor:
    start, end = model.text_states(TEXTS[:2])[:, None]
    states = torch.cat([slerp(start, end, alpha) for alpha in (0.0, 0.5, 1.0)])
    empty = model.text_states([""]).expand_as(states)
    return model.draw(states, empty, model.noise(3, "half", range(3)), DRAWING)


def matched(model: TextToImage) -> Tensor:
    states, x_T = model.text_states(TEXTS), model.noise(3, "half", range(3))
    return Matched(model, "log_decay").draw(states, model.text_states([""]).expand_as(states), x_T, DRAWING)


def swapped(model: TextToImage) -> Tensor:
    return drawn(naively(model, "inverse_square"))


def edited(model: TextToImage) -> Tensor:
    edit = encode_edit(model, TEXTS[:2], TEXTS[1:])
    return model.decode(
        edit_latents(model, edit, model.noise(3, "half", range(2)), [0.0, 2.0], DRAWING, 1).flatten(0, 1)
    )


def composed(model: TextToImage) -> Tensor:
    nothing, thing, both = (state.expand(3, -1, -1) for state in model.text_states(["", "a cat", "a cat at night"]))
    return draw_composed(model, (nothing, thing, both), model.noise(3, "half", range(3)), (3.0, 2.0), 4)


def moved_controlnet(model: TextToImage) -> Any:
    network = fresh_controlnet(model.pipeline.unet.float(), (4, 8, 16), 0).eval()
    random = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for block in (*network.controlnet_down_blocks, network.controlnet_mid_block):
            block.weight.copy_(0.3 * torch.randn(block.weight.shape, generator=random))
    return network


def controlled(model: TextToImage) -> Tensor:
    dtype = model.pipeline.unet.dtype
    network = moved_controlnet(model).to(dtype)
    model.pipeline.unet.to(dtype)
    states = model.text_states(TEXTS)
    sketches = (torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(1)) > 0.8).float()
    return Controlled.of(model, network).draw(
        states, model.text_states([""]).expand_as(states), model.noise(3, "half", range(3)), sketches, 1.0, DRAWING
    )


def reencoded(model: TextToImage) -> Tensor:
    return torch.cat([through_autoencoder(model, pictures_of()), reconstructed(Controlled(model, None), pictures_of())])


@pytest.mark.parametrize(
    "drawing",
    [drawn, interpolated, matched, swapped, edited, composed, controlled, reencoded],
    ids=lambda f: f.__name__,
)
def test_pictures_are_close(drawing: Callable[[TextToImage], Tensor], dtype: torch.dtype, load: Load) -> None:
    wanted, found = drawing(load(torch.float32)), drawing(load(dtype))
    assert wanted.dtype == found.dtype == torch.uint8 and wanted.shape == found.shape
    assert wanted.float().std() > 5
    assert (found.float() - wanted.float()).abs().mean() < (1 if dtype == torch.float16 else 6)


def test_latents_are_close_and_float32(dtype: torch.dtype, load: Load) -> None:
    wanted, found = encoded(load(torch.float32)), encoded(load(dtype))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, wanted, rtol=0.05, atol=0.002 if dtype == torch.float16 else 0.02)
    assert not torch.equal(found, wanted), "the weights are of float32"


def assert_same_direction(found: Tensor, wanted: Tensor, dtype: torch.dtype) -> None:
    """Whether two gradients point the same way and are of one length, as far as ``dtype`` allows."""
    assert found.dtype == torch.float32 and bool(found.isfinite().all()) and wanted.abs().max() > 0
    cosine = torch.nn.functional.cosine_similarity(found.flatten(), wanted.flatten(), dim=0)
    assert cosine > (0.999 if dtype == torch.float16 else 0.98)
    torch.testing.assert_close(found.norm(), wanted.norm(), rtol=0.02 if dtype == torch.float16 else 0.1, atol=0)


def inversion_data(model: TextToImage) -> InversionData:
    latents = torch.randn(3, *model.shape, generator=torch.Generator().manual_seed(0))
    return InversionData(
        latents, torch.ones_like(latents[:, :1]), lambda chosen, _: [f"a {WORD}" for _ in chosen.tolist()]
    )


def word_gradient(model: TextToImage, factor: float) -> Tensor:
    word = Word(embeddings_of(model)[5])
    known = with_words(model, {WORD: word.embedding})
    batch = inversion.word_batch(known, WORD, inversion_data(model), INVERSION, 1, 0)
    (gradient,) = torch.autograd.grad(inversion.word_loss(word, known, WORD, batch) * factor, word.embedding)
    return gradient / factor


@pytest.mark.parametrize("factor", [1.0, 1e-6])
def test_the_gradient_of_a_word_is_close(factor: float, dtype: torch.dtype, load: Load) -> None:
    wanted, found = word_gradient(load(torch.float32), factor), word_gradient(load(dtype), factor)
    assert_same_direction(found, wanted, dtype)


def test_a_word_is_learned(dtype: torch.dtype, load: Load) -> None:
    def learned(model: TextToImage) -> tuple[Tensor, list[float]]:
        accelerator = compute.make_accelerator("cpu")
        found = learn_word(accelerator, model, WORD, 5, inversion_data(model), INVERSION, 1)
        return found.last - found.first, found.losses

    (wanted, wanted_losses), (found, losses) = learned(load(torch.float32)), learned(load(dtype))
    assert found.dtype == torch.float32
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(wanted_losses), rtol=0.03, atol=0)
    assert torch.nn.functional.cosine_similarity(found, wanted, dim=0) > (0.98 if dtype == torch.float16 else 0.8)


def noise_gradient(model: TextToImage, clip: Clip, *, recompute: bool, factor: float) -> Tensor:
    targets = PromptTargets(model.text_states(TEXTS), model.text_states([""]), text_embeds(clip, TEXTS).clone())
    x_T = model.noise(3, "half", range(3)).requires_grad_()
    sample = decoded(model, sampled(model, targets, x_T, DRAWING, recompute=recompute))
    assert sample.dtype == torch.float32
    (gradient,) = torch.autograd.grad(similarity(clip, sample, targets.embeds).sum() * factor, x_T)
    return gradient / factor


@pytest.mark.parametrize(("recompute", "factor"), [(False, 1.0), (True, 1.0), (True, 1e-5)])
def test_the_gradient_of_a_noise_is_close(
    recompute: bool, factor: float, dtype: torch.dtype, load: Load, reader: Clip
) -> None:
    wanted = noise_gradient(load(torch.float32), reader, recompute=recompute, factor=factor)
    found = noise_gradient(load(dtype), reader, recompute=recompute, factor=factor)
    assert_same_direction(found, wanted, dtype)


def test_noises_are_refined(dtype: torch.dtype, load: Load, reader: Clip) -> None:
    ascent = AscentSection(iterations=2, learning_rates=(0.1,), momentum=0.0, norm="keep", recompute=True)

    def refined(model: TextToImage) -> Tensor:
        targets = PromptTargets(model.text_states(TEXTS), model.text_states([""]), text_embeds(reader, TEXTS).clone())
        return refine(model, reader, targets, model.noise(3, "half", range(3)), DRAWING, ascent, 0.1)

    wanted, found = refined(load(torch.float32)), refined(load(dtype))
    change, wanted_change = (images[-1].float() - images[0].float() for images in (found, wanted))
    assert wanted_change.abs().mean() > 1
    cosine = torch.nn.functional.cosine_similarity(change.flatten(), wanted_change.flatten(), dim=0)
    assert cosine > (0.95 if dtype == torch.float16 else 0.6)
    assert refinement.norms(change).isfinite().all()


@pytest.fixture
def control() -> ControlNetParams:
    section = read_yaml(ROOT / "params.yaml")["train_controlnet"]
    small = {"conditioning_channels": [4, 8, 16], "pictures": 12, "steps": 2, "batch_size": 4, "warmup": 1}
    return ControlNetParams.model_validate({**section, **small, "device": "cpu", "log_every": 1})


def control_gradient(model: TextToImage, pictures: PictureSet, params: ControlNetParams, factor: float) -> Tensor:
    learned = controlnet_training.make_sketched(model, pictures, learned_things(pictures, 8), params)
    dtype = model.pipeline.unet.dtype
    network = moved_controlnet(model)
    model.pipeline.unet.to(dtype)
    batch = controlnet_training.controlnet_batch(learned, model.schedule, params, 0)
    both = controlnet_training.ControlledUNet(network, model.pipeline.unet, train_decoder=False)
    loss = controlnet_training.controlnet_loss(both, batch, model.schedule, model.text_states, model.device)
    weights = [block.weight for block in (*network.controlnet_down_blocks, network.controlnet_mid_block)]
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss * factor, weights)]) / factor


@pytest.mark.parametrize("factor", [1.0, 1e-6])
def test_the_gradient_of_a_controlnet_is_close(
    factor: float, dtype: torch.dtype, load: Load, pictures: PictureSet, control: ControlNetParams
) -> None:
    wanted = control_gradient(load(torch.float32), pictures, control, factor)
    assert_same_direction(control_gradient(load(dtype), pictures, control, factor), wanted, dtype)


@pytest.mark.parametrize("train_decoder", [True, False])
def test_a_controlnet_is_trained_on_a_model_of_half_precision(
    train_decoder: bool,
    dtype: torch.dtype,
    load: Load,
    pictures: PictureSet,
    control: ControlNetParams,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text("stages: {train_controlnet: {deps: []}}", encoding="utf-8")
    control = control.model_copy(update={"train_decoder": train_decoder})

    def losses(model: TextToImage) -> Tensor:
        accelerator = compute.make_accelerator("cpu")
        plan = plan_training(accelerator, "train_controlnet", control, "controlnet")
        learned = controlnet_training.make_sketched(model, pictures, learned_things(pictures, 8), control)
        trained = controlnet_training.fit_controlnet(accelerator, model, learned, control, plan)
        assert {weight.dtype for weight in trained.network.trained_parts().parameters()} == {torch.float32}
        return torch.tensor(trained.losses)

    wanted, found = losses(load(torch.float32)), losses(load(dtype))
    torch.testing.assert_close(found, wanted, rtol=0.03, atol=0)
