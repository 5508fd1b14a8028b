"""Drawing is diffusers' own call and our own loop; a picture is the same whatever is drawn beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.guidance import guided
from rediffuse.diffusion.sampling import ddim
from rediffuse.models.text2image import model as module
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.compute import fast_dtype
from rediffuse.pipeline.errors import InputError
from tests.support.small_text2image import LENGTH, load_small

TEXTS = [
    "a cat by day",
    "a photo of a dog",
    "a bear in the snow",
    "",
    "a fish, highly detailed",
    "an elephant at night",
]
NEGATIVE = "lowres, blurry"
STEPS = 5
TOLERANCE = 1e-4


def drawing(guidance_scale: float = 3.0) -> DrawingSection:
    return DrawingSection(num_inference_steps=STEPS, guidance_scale=guidance_scale)


def noise(text2image: TextToImage, count: int = len(TEXTS)) -> Tensor:
    return text2image.noise(1, "study", range(count))


class Film:
    """What ``on_step`` is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []
        self.latents: list[Tensor] = []

    def __call__(self, step: int, t: int, latents: Tensor) -> None:
        self.steps.append((step, t))
        self.latents.append(latents.clone())


@pytest.fixture(params=["v_prediction", "epsilon"])
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


def drawn(
    text2image: TextToImage, rows: list[int], guidance_scale: float = 3.0, film: Film | None = None
) -> tuple[Tensor, Tensor]:
    """Pictures of the texts ``rows`` from their own noises, and their states."""
    states = text2image.text_states([TEXTS[row] for row in rows])
    negative = text2image.text_states([NEGATIVE] * len(rows))
    return text2image.draw(states, negative, noise(text2image)[rows], drawing(guidance_scale), on_step=film), states


@pytest.mark.parametrize("guidance_scale", [1.0, 3.0])
def test_drawing_is_the_pipelines_own_call(folder: Path, guidance_scale: float, exact: None) -> None:
    text2image, film = load_small(folder), Film()
    images, _ = drawn(text2image, [0, 1, 2], guidance_scale, film)
    own = StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, feature_extractor=None, requires_safety_checker=False, local_files_only=True
    )
    own.set_progress_bar_config(disable=True)
    asked = {
        "prompt": TEXTS[:3],
        "negative_prompt": [NEGATIVE] * 3,
        "latents": noise(text2image, 3),
        "num_inference_steps": STEPS,
        "guidance_scale": guidance_scale,
        "generator": [torch.Generator().manual_seed(index) for index in range(3)],
    }
    latents = own(**asked, output_type="latent").images
    torch.testing.assert_close(film.latents[-1][:3], latents, rtol=0, atol=TOLERANCE)
    wanted = own(**asked, output_type="pt").images
    assert images.dtype == torch.uint8 and images.shape == wanted.shape == (3, 3, 32, 32)
    assert (images / 255 - wanted).abs().max() <= 0.5 / 255 + TOLERANCE
    assert images.float().std() > 5, "the pictures are flat, so equal ones show nothing"


@pytest.mark.parametrize("guidance_scale", [1.0, 3.0])
def test_our_own_loop_comes_to_the_same_states(folder: Path, guidance_scale: float, exact: None) -> None:
    text2image, film = load_small(folder), Film()
    _, states = drawn(text2image, [0, 1, 2, 3], guidance_scale, film)
    negative = text2image.text_states([NEGATIVE] * 4)

    def answer(x_t: Tensor, timesteps: Tensor, condition: Tensor) -> Tensor:
        return text2image.denoiser(condition)(x_t, int(timesteps[0]))

    schedule = text2image.schedule
    timesteps = schedule.timesteps(STEPS, "trailing")
    with torch.no_grad():
        loop = list(ddim(guided(answer, states, negative, guidance_scale), noise(text2image, 4), schedule, timesteps))
    assert film.steps == list(enumerate(timesteps.tolist())) and film.steps[0][1] == 999
    for state, latents in zip(loop, film.latents, strict=True):
        torch.testing.assert_close(state.x_prev, latents, rtol=0, atol=TOLERANCE)
    assert (loop[0].x_prev - loop[-1].x_prev).abs().max() > 0.1


@pytest.mark.parametrize("precise", [True, False])
def test_a_picture_is_the_same_alone_and_among_others(
    folder: Path, precise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if precise:
        monkeypatch.setattr(module, "fast_dtype", lambda device: torch.float32)
    text2image = load_small(folder)
    whole, states = drawn(text2image, list(range(6)))
    assert torch.equal(whole, drawn(text2image, list(range(6)))[0]), "another in a second run"
    moved, moved_states = drawn(text2image, [5, 3, 0, 1])
    assert torch.equal(moved, whole[[5, 3, 0, 1]]), "another at another place"
    assert torch.equal(moved_states, states[[5, 3, 0, 1]])
    for row in range(6):
        alone, own_states = drawn(text2image, [row])
        assert torch.equal(own_states, states[row : row + 1]), "another state alone"
        assert torch.equal(alone, whole[row : row + 1]), "another alone"
    assert len({image.numpy().tobytes() for image in whole}) == 6


def test_what_is_decoded_is_the_same_alone_and_among_others(folder: Path) -> None:
    text2image = load_small(folder)
    latents = noise(text2image)
    whole = text2image.decode(latents)
    for row in range(6):
        assert torch.equal(text2image.decode(latents[row : row + 1]), whole[row : row + 1])
    assert torch.equal(text2image.decode(latents[[4, 0]]), whole[[4, 0]])


def test_noise_is_that_of_its_index(folder: Path) -> None:
    text2image = load_small(folder)
    assert torch.equal(text2image.noise(1, "study", range(4, 6)), noise(text2image)[4:])
    assert text2image.shape == (4, 8, 8) == noise(text2image).shape[1:]
    for other in (text2image.noise(2, "study", range(6)), text2image.noise(1, "other", range(6))):
        assert not torch.equal(other, noise(text2image))


def test_the_film_strip_ends_in_the_picture(folder: Path, exact: None) -> None:
    text2image, film = load_small(folder), Film()
    images, _ = drawn(text2image, [0, 1, 2, 3, 4], film=film)
    assert [step for step, _ in film.steps] == [*range(STEPS), *range(STEPS)], "two batches of four"
    assert all(len(latents) == text2image.batch_size for latents in film.latents), "the last one is filled up"
    last = torch.cat([film.latents[STEPS - 1], film.latents[-1]])[:5]
    assert torch.equal(text2image.decode(last), images)


def test_prompt_negative_prompt_and_noise_each_change_the_picture(folder: Path) -> None:
    text2image = load_small(folder)
    cat, dog, none = text2image.text_states(["a cat", "a dog", ""]).split(1)
    x_T, other = noise(text2image, 2).split(1)
    rows = [(cat, none, x_T), (dog, none, x_T), (cat, dog, x_T), (cat, none, other)]
    images = [text2image.draw(*row, drawing()) for row in rows]
    assert all(not torch.equal(images[0], image) for image in images[1:])
    without = [text2image.draw(cat, negative, x_T, drawing(1.0)) for negative in (none, dog)]
    assert torch.equal(*without), "without guidance the negative prompt has no say"


def test_what_the_denoiser_answers(folder: Path, exact: None) -> None:
    text2image = load_small(folder)
    x_t, states = noise(text2image, 2), text2image.text_states(TEXTS[:2])
    with torch.no_grad():
        found = text2image.denoiser(states)(x_t, 500)
        wanted = text2image.pipeline.unet(x_t, torch.tensor([500, 500]), encoder_hidden_states=states).sample
    torch.testing.assert_close(found, wanted)


def test_a_gradient_reaches_the_noise_and_no_weight(folder: Path) -> None:
    text2image = load_small(folder)
    x_t = noise(text2image, 2).requires_grad_()
    text2image.denoiser(text2image.text_states(TEXTS[:2]))(x_t, 500).square().sum().backward()
    assert x_t.grad is not None and float(x_t.grad.abs().max()) > 0
    pipeline = text2image.pipeline
    for network in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
        assert all(not weight.requires_grad and weight.grad is None for weight in network.parameters())


@pytest.mark.skipif(fast_dtype(torch.device("cpu")) == torch.float32, reason="this processor has no bfloat16")
def test_answers_in_bfloat16_are_handed_on_in_float32(folder: Path) -> None:
    text2image = load_small(folder)
    with torch.no_grad():
        found = text2image.denoiser(text2image.text_states(TEXTS[:1]))(noise(text2image, 1), 500)
    assert found.dtype == torch.float32


def test_weights_of_another_type_than_the_noise(folders: dict[str, Path], exact: None) -> None:
    """As on CUDA, where weights are float16 and the loops of our own are float32."""
    text2image = load_small(folders["v_prediction"])
    x_t, states = noise(text2image, 2), text2image.text_states(TEXTS[:2])
    with torch.no_grad():
        wanted = text2image.denoiser(states)(x_t, 500)
    images = text2image.draw(states, states, x_t, drawing())
    text2image.pipeline.to(torch.float16)
    with torch.no_grad():
        found = text2image.denoiser(states)(x_t, 500)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, wanted, rtol=0, atol=0.1)
    half = text2image.draw(text2image.text_states(TEXTS[:2]), states, x_t, drawing())
    assert half.dtype == torch.uint8 and (half.float() - images).abs().mean() < 8


def test_decoding_undoes_the_scaling_factor(folder: Path, exact: None) -> None:
    text2image = load_small(folder)
    latents, vae = noise(text2image, 4), text2image.pipeline.vae
    assert vae.config.scaling_factor == 0.5
    with torch.no_grad():
        assert torch.equal(text2image.decode(latents), to_bytes(vae.decode(latents / 0.5).sample))


def test_a_text_that_is_too_long_is_not_shortened(folder: Path) -> None:
    text2image = load_small(folder)
    with pytest.raises(InputError, match=rf"has \d+ tokens .* at most {LENGTH}; it is not shortened") as caught:
        text2image.text_states(["a cat", "zq " * LENGTH])
    assert "\n" not in str(caught.value)


def test_the_end_sign_within_a_text_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"prompt 'a cat <\|endoftext\|> at night': the tokenizer"):
        load_small(folder).text_states(["a cat <|endoftext|> at night"])
    with pytest.raises(InputError, match="prompts: found none"):
        load_small(folder).text_states([])
