"""The denoiser's batches, its loss against the formula, and texts read as the pipeline reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rediffuse.data.pictures.captions import captions
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.text2image import text_states as module
from rediffuse.models.text2image.latents import LatentSet, latent_recipe
from rediffuse.models.text2image.text_states import KnownStates, TextStates
from rediffuse.models.text2image.training import text_encoder
from rediffuse.models.text2image.unet import INPUT_OR_OUTPUT, make_unet, unet_batch, unet_loss
from rediffuse.pipeline.compute import generator
from rediffuse.training.optimizers import is_input_or_output_layer
from tests.support.small_text2image import load_small
from tests.support.text2image import LENGTH, Changed

TEXTS = ["a cat by day", "", "a photo of a dog in the snow", "a cat by day"]


def numbered(pictures: PictureSet, params: Any) -> LatentSet:
    """Latents that say which row they are of."""
    recipe = latent_recipe(pictures, params)
    latents = torch.arange(len(recipe)).float()[:, None, None, None].expand(-1, 4, 4, 4).clone()
    told = captions(pictures, recipe, generator(params.seed, "captions", 0))
    return LatentSet(latents, recipe, told, weights=latents[:, :1] + 1)


def schedule_of(params: Any) -> NoiseSchedule:
    return NoiseSchedule.of(make_scheduler(params.schedule))


def test_a_batch_is_a_pure_function_of_its_step(pictures: PictureSet, changed: Changed) -> None:
    params = changed(timestep_power=0)
    learned, schedule = numbered(pictures, params), schedule_of(params)
    x_0, noise, timesteps, texts, weights = unet_batch(learned, schedule, params, 5)
    unet_batch(learned, schedule, params, 6)
    again = unet_batch(learned, schedule, params, 5)
    assert all(torch.equal(a, b) for a, b in zip((x_0, noise, timesteps), again[:3], strict=True))
    assert texts == again[3]
    other = unet_batch(learned, schedule, params, 6)
    assert not torch.equal(noise, other[1]) and not torch.equal(x_0, other[0])
    assert x_0.shape == noise.shape == (8, 4, 4, 4) and len(texts) == 8
    assert torch.equal(weights, x_0[:, :1] + 1), "weights of other pictures"
    assert sorted((timesteps * 8 // 1000).tolist()) == list(range(8)), "one of each stratum"
    assert float(unet_batch(learned, schedule, changed(batch_size=64), 0)[1].std()) == pytest.approx(1, abs=0.1)


def test_captions_are_those_of_their_latents(pictures: PictureSet, changed: Changed) -> None:
    params = changed(drop_caption=0.0, defects=0.0)
    learned, schedule = numbered(pictures, params), schedule_of(params)
    for step in range(10):
        x_0, _, _, texts, _ = unet_batch(learned, schedule, params, step)
        rows = x_0[:, 0, 0, 0].long()
        nouns = [pictures.nouns[thing] for thing in pictures.thing[learned.recipe.drawing[rows]].tolist()]
        assert all(noun in text for noun, text in zip(nouns, texts, strict=True)), (nouns, texts)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_captions_are_dropped_at_the_told_share(share: float, pictures: PictureSet, changed: Changed) -> None:
    params = changed(drop_caption=share, batch_size=500)
    learned, schedule = numbered(pictures, params), schedule_of(params)
    texts = [text for step in range(6) for text in unet_batch(learned, schedule, params, step)[3]]
    found = texts.count("") / len(texts)
    assert abs(found - share) <= 3.5 * (share * (1 - share) / len(texts)) ** 0.5, found


class Still(nn.Module):
    """Answers the same everywhere, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = nn.Parameter(torch.tensor(0.25))
        self.asked: list[tuple[Tensor, Tensor, Tensor]] = []

    def forward(self, x_t: Tensor, timesteps: Tensor, encoder_hidden_states: Tensor) -> Any:
        self.asked.append((x_t, timesteps, encoder_hidden_states))
        return SimpleNamespace(sample=self.answer.expand(x_t.shape))


@pytest.mark.parametrize("prediction_type", ["v_prediction", "epsilon"])
@pytest.mark.parametrize("weighting", ["uniform", "min_snr"])
def test_the_loss_is_the_formula(
    prediction_type: str,
    weighting: str,
    changed: Changed,
    pictures: PictureSet,
    clip: Clip,
) -> None:
    section = changed().schedule.model_dump() | {"prediction_type": prediction_type}
    params = changed(schedule=section, weighting=weighting, steps=1, warmup=0)
    learned, schedule = numbered(pictures, params), schedule_of(params)
    states, model = TextStates(clip.tokenizer, text_encoder(clip.model)), Still()
    batch = unet_batch(learned, schedule, params, 0)
    found = unet_loss(model, batch, schedule, states, params, torch.device("cpu"))

    x_0, noise, timesteps, texts, places = batch
    betas = torch.linspace(8.5e-4**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    a = (1 - betas).cumprod(0)[timesteps][:, None, None, None]
    x, e = x_0.double(), noise.double()
    wanted = e if prediction_type == "epsilon" else a.sqrt() * e - (1 - a).sqrt() * x
    snr = (a / (1 - a)).flatten()
    weight = torch.ones_like(snr)
    if weighting == "min_snr":
        weight = snr.clamp(max=5) / (snr if prediction_type == "epsilon" else snr + 1)
    loss = (weight * (places * (0.25 - wanted).square()).mean(dim=(1, 2, 3))).mean()
    assert float(found.detach()) == pytest.approx(float(loss), rel=1e-4)
    ((x_t, asked, told),) = model.asked
    torch.testing.assert_close(x_t.double(), a.sqrt() * x + (1 - a).sqrt() * e, rtol=1e-4, atol=1e-4)
    assert torch.equal(asked, timesteps) and torch.equal(told, states(texts))


def test_text_states_are_the_pipelines(folders: dict[str, Path]) -> None:
    text2image = load_small(folders["v_prediction"])
    pipeline = text2image.pipeline
    with torch.no_grad():
        wanted, negative = pipeline.encode_prompt(TEXTS, "cpu", 1, True, negative_prompt=["", "blurry", "", ""])
    for found in (TextStates(pipeline.tokenizer, pipeline.text_encoder)(TEXTS), text2image.text_states(TEXTS)):
        assert found.shape == (4, LENGTH, 32)
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)
        assert torch.equal(found[0], found[3]) and not torch.allclose(found[0], found[1], atol=1e-3)
    torch.testing.assert_close(text2image.text_states(["", "blurry", "", ""]), negative, rtol=0, atol=1e-5)


def test_known_states_are_those_of_their_texts(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is encoded once, the empty one unasked, and comes back in whatever order it is asked for."""
    monkeypatch.setattr(module, "PART", 2)
    states, asked = TextStates(clip.tokenizer, text_encoder(clip.model)), []

    def tell(texts: Sequence[str]) -> Tensor:
        asked.extend(texts)
        return states(texts)

    known = KnownStates(tell, [TEXTS[0], *TEXTS[2:], "an owl"])
    assert sorted(asked) == sorted({*TEXTS, "an owl"})
    torch.testing.assert_close(known.at(known.rows(TEXTS)), states(TEXTS), rtol=0, atol=1e-6)
    torch.testing.assert_close(known.at(known.rows(["an owl", ""])), states(["an owl", ""]), rtol=0, atol=1e-6)
    assert len(asked) == 4, "asked again"
    with pytest.raises(KeyError):
        known.rows(["a fox"])


def test_the_text_encoder_is_clips_own(clip: Clip) -> None:
    encoder = text_encoder(clip.model)
    tokens = clip.tokenizer(TEXTS, padding="max_length", return_tensors="pt").input_ids
    with torch.no_grad():
        wanted = clip.model.text_model(input_ids=tokens).last_hidden_state
        torch.testing.assert_close(TextStates(clip.tokenizer, encoder)(TEXTS), wanted, rtol=0, atol=1e-5)
    assert not any(p.requires_grad for p in encoder.parameters())
    assert encoder.config.eos_token_id == clip.tokenizer.eos_token_id


def test_an_untrained_network(changed: Changed) -> None:
    params = changed()
    unet = make_unet(params, 32)

    def weights(made: nn.Module) -> Tensor:
        return torch.cat([p.detach().flatten() for p in made.parameters()])

    torch.rand(3)
    assert torch.equal(weights(unet), weights(make_unet(params, 32)))
    assert not torch.equal(weights(unet), weights(make_unet(changed(seed=99), 32)))
    with torch.no_grad():
        answer = unet(torch.randn(2, 4, 4, 4), 7, encoder_hidden_states=torch.randn(2, LENGTH, 32)).sample
    assert answer.shape == (2, 4, 4, 4)
    assert {m.heads for name, m in unet.named_modules() if name.endswith("attn2")} == {2}


def test_edges_are_the_first_and_last_layers(changed: Changed) -> None:
    names = [name for name, _ in make_unet(changed(), 32).named_parameters()]
    edges = {name.rsplit(".", 1)[0] for name in names if is_input_or_output_layer(name, INPUT_OR_OUTPUT)}
    assert {name.split(".")[0] for name in edges} == {"conv_in", "conv_out", "time_embedding", "add_embedding"}
