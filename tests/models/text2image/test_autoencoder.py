"""The autoencoder's loss is the formula; normal latents change no picture; batches hold nothing held out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor

from rediffuse.data.pictures.dataset import HeldOut, PictureSet
from rediffuse.data.pixels import to_unit
from rediffuse.models.text2image import autoencoder as module
from rediffuse.models.text2image import autoencoder_training
from rediffuse.models.text2image.autoencoder import (
    FIRST_LOGVAR,
    encode,
    latent_shape,
    make_autoencoder,
    normalize_latents,
)
from rediffuse.models.text2image.autoencoder_training import (
    INPUT_OR_OUTPUT,
    Reconstruction,
    autoencoder_batch,
    fit_autoencoder,
    reconstruction_loss,
)
from rediffuse.models.text2image.params import Params
from rediffuse.pipeline.compute import generator
from rediffuse.training.optimizers import is_input_or_output_layer
from rediffuse.training.run import Plan
from tests.support.small_pictures import HELD_OUT_THING, Noted
from tests.support.text2image import Changed


def rows(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def seen(count: int, size: int = 16) -> Tensor:
    return torch.randint(0, 256, (count, 3, size, size), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


@pytest.fixture
def autoencoder(changed: Changed) -> AutoencoderKL:
    """One whose log-variances depend on the picture, as a trained one's do."""
    made = make_autoencoder(changed()).eval().requires_grad_(False)
    made.quant_conv.weight[4:] = 0.3 * rows(4, 8, 1, 1)
    made.quant_conv.bias[:4] = torch.tensor([0.5, -1.0, 3.0, 0.0])
    made.post_quant_conv.bias.copy_(0.1 * rows(4, seed=1))
    return made


@pytest.mark.parametrize("kl_weight", [0.0, 0.3, 1.0])
def test_the_loss_is_the_formula(kl_weight: float) -> None:
    restored, pictures = rows(5, 3, 8, 8), rows(5, 3, 8, 8, seed=1)
    mean, logvar = 2 * rows(5, 4, 2, 2, seed=2), rows(5, 4, 2, 2, seed=3) - 2
    x, y, mu, log = (part.double().numpy() for part in (restored, pictures, mean, logvar))
    formula = np.abs(x - y).mean() + kl_weight * 0.5 * (mu**2 + np.exp(log) - 1 - log).mean()
    found = float(reconstruction_loss(restored, pictures, mean, logvar, kl_weight))
    assert found == pytest.approx(float(formula), rel=1e-6)
    divergence = DiagonalGaussianDistribution(torch.cat([mean, logvar], 1)).kl().sum() / mean.numel()
    error = float((restored - pictures).abs().mean())
    assert found == pytest.approx(error + kl_weight * float(divergence), rel=1e-5)
    half = reconstruction_loss(restored.bfloat16(), pictures, mean.bfloat16(), logvar.bfloat16(), kl_weight)
    assert half.dtype == torch.float32


def test_what_is_trained_is_the_autoencoder_with_noise_of_its_own_size(autoencoder: AutoencoderKL) -> None:
    pictures, noise = to_unit(seen(2)), rows(2, 4, 4, 4)
    restored, mean, logvar = Reconstruction(autoencoder)(pictures, noise)
    posterior = autoencoder.encode(pictures).latent_dist
    assert torch.equal(mean, posterior.mean) and torch.equal(logvar, posterior.logvar)
    wanted = autoencoder.decode(posterior.mean + (posterior.logvar / 2).exp() * noise).sample
    torch.testing.assert_close(restored, wanted)


def test_a_fresh_one_has_little_noise_and_the_seeds_weights(changed: Changed) -> None:
    params = changed()
    first = make_autoencoder(params)
    with torch.no_grad():
        assert (first.encode(to_unit(seen(2))).latent_dist.logvar == FIRST_LOGVAR).all()

    def weights(made: AutoencoderKL) -> Tensor:
        return torch.cat([p.detach().flatten() for p in made.parameters()])

    torch.rand(3)
    assert torch.equal(weights(first), weights(make_autoencoder(params)))
    assert not torch.equal(weights(first), weights(make_autoencoder(changed(seed=99))))


def test_edges_are_what_lies_next_to_pictures_and_latents(autoencoder: AutoencoderKL) -> None:
    edges = {
        name
        for name, p in autoencoder.named_parameters()
        if p.ndim == 4 and is_input_or_output_layer(name, INPUT_OR_OUTPUT)
    }
    assert {name.removesuffix(".weight") for name in edges} == {
        *(f"{side}.conv_{end}" for side in ("encoder", "decoder") for end in ("in", "out")),
        "quant_conv",
        "post_quant_conv",
    }


def test_sizes(autoencoder: AutoencoderKL, changed: Changed, exact: None) -> None:
    latents = encode(autoencoder, seen(3))
    assert latents.shape == (3, 4, 4, 4) == latent_shape(3, changed()) and latents.dtype == torch.float32
    assert autoencoder.decode(latents).sample.shape == (3, 3, 16, 16)
    assert torch.equal(latents, autoencoder.encode(to_unit(seen(3))).latent_dist.mean)


def test_encoding_in_parts_is_encoding_at_once(
    autoencoder: AutoencoderKL, exact: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = encode(autoencoder, seen(7))
    monkeypatch.setattr(module, "BATCH", 3)
    torch.testing.assert_close(encode(autoencoder, seen(7)), whole, rtol=0, atol=1e-5)


def test_normal_latents_change_no_picture(autoencoder: AutoencoderKL, exact: None) -> None:
    pictures = seen(40)
    before = encode(autoencoder, pictures)
    decoded = autoencoder.decode(before).sample
    spread = before.std(dim=(0, 2, 3))
    assert spread.max() > 1.2 * spread.min() and (spread - 1).abs().max() > 0.1, "they were normal before"

    latents = normalize_latents(autoencoder, before)
    torch.testing.assert_close(latents.mean(dim=(0, 2, 3)), torch.zeros(4), rtol=0, atol=1e-5)
    torch.testing.assert_close(latents.var(dim=(0, 2, 3)), torch.ones(4), rtol=0, atol=1e-5)
    torch.testing.assert_close(encode(autoencoder, pictures), latents, rtol=0, atol=1e-4)
    torch.testing.assert_close(autoencoder.decode(latents).sample, decoded, rtol=0, atol=1e-4)


def test_the_noise_of_normal_latents_is_scaled_as_they_are(autoencoder: AutoencoderKL, exact: None) -> None:
    """A posterior's sample, from the same noise, decodes to the same picture as before."""
    pictures, noise = seen(40), rows(40, 4, 4, 4)
    model = Reconstruction(autoencoder)
    restored, mean, logvar = model(to_unit(pictures), noise)
    assert logvar.std() > 0.05, "noise that is alike everywhere would hide half of a fault"
    std = mean.double().std(dim=(0, 2, 3))
    normalize_latents(autoencoder, encode(autoencoder, pictures))
    again, _, scaled = model(to_unit(pictures), noise)
    torch.testing.assert_close(again, restored, rtol=0, atol=1e-4)
    torch.testing.assert_close(scaled.double(), logvar - 2 * std.log()[:, None, None], rtol=0, atol=1e-4)


def test_a_batch_is_a_pure_function_of_its_step(pictures: PictureSet, changed: Changed) -> None:
    params, drawings = changed(), pictures.rows("clip", "train")
    batch = autoencoder_batch(pictures, drawings, params, 5)
    autoencoder_batch(pictures, drawings, params, 9)
    assert batch.shape == (4, 3, 16, 16) and float(batch.min()) >= -1 and float(batch.max()) <= 1
    assert torch.equal(batch, autoencoder_batch(pictures, drawings, params, 5))
    assert not torch.equal(batch, autoencoder_batch(pictures, drawings, params, 6))


def batches(pictures: PictureSet, params: Params, count: int, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """What ``count`` steps of training compose."""

    def fit(_: object, __: object, ___: object, batch_at: Callable[[int], Any], *rest: object) -> None:
        for step in range(count):
            batch_at(step)

    class Cpu:
        device = torch.device("cpu")

    noted = Noted(monkeypatch, autoencoder_training)
    monkeypatch.setattr(autoencoder_training, "fit", fit)
    fit_autoencoder(cast(Accelerator, Cpu()), pictures, params, cast(Plan, None))
    return noted


def test_no_batch_holds_what_is_held_out(
    pictures: PictureSet, changed: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = changed().autoencoder.model_dump() | {"batch_size": 16}
    params = changed(defects=0.5, autoencoder=section)
    styles, things, pairs = batches(pictures, params, 60, monkeypatch).seen(pictures)
    assert styles == set(range(5)) - pictures.held_out.styles_of("clip")
    assert things == set(range(12)) - {HELD_OUT_THING}
    assert not pairs & pictures.held_out.pairs and len(pairs) == 11 * 4
    free = HeldOut({who: frozenset() for who in ("clip", "judge", "all")}, frozenset(), frozenset())
    styles, things, pairs = batches(dataclasses.replace(pictures, held_out=free), params, 60, monkeypatch).seen(
        pictures
    )
    assert (len(styles), len(things)) == (5, 12) and pairs & pictures.held_out.pairs, "what is not held out comes up"


def test_noise_of_a_step_is_its_own(pictures: PictureSet, changed: Changed) -> None:
    shape = latent_shape(2, changed())
    first, again, other = (torch.randn(shape, generator=generator(1, "latent noise", step)) for step in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
