"""The count of memory is right, large networks recompute, and published sizes are estimated to fit 12 GB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from rediffuse.models import memory
from rediffuse.models.attention import set_attention
from rediffuse.models.controlnet.model import fresh_controlnet
from rediffuse.models.text2image.autoencoder import BATCH, encoded_at_once
from rediffuse.models.text2image.model import prepare_networks
from rediffuse.pipeline.params import read_yaml
from tests.support.gpu_memory import META, ROOT, PeakBytes, measured, meta_stable_diffusion, networks_of, word_step
from tests.support.small_text2image import load_small

CPU = torch.device("cpu")
COUNT, BYTES = 1000, 4000  # numbers of a tensor, and their size
CARD = 12.0  # GB


@pytest.mark.parametrize("device", [CPU, META])
def test_the_count_is_that_of_the_tensors_alive(device: torch.device) -> None:
    with PeakBytes(device) as counted:
        x = torch.empty(COUNT, device=device)
        assert counted.live == BYTES
        view = x.view(10, 100)[2:]
        assert counted.live == BYTES and len(view) == 8
        for _ in range(5):
            x = x.exp()
        assert (counted.live, counted.peak) == (2 * BYTES, 3 * BYTES), "x and its view's storage; one more on the way"
        del view
        assert counted.live == BYTES


def test_weights_are_counted_once() -> None:
    network = nn.Linear(10, 10)
    counted = PeakBytes(CPU, network)
    assert counted.live == counted.peak == 4 * 110
    with counted:
        assert network.weight.detach().T.shape == (10, 10)
    assert counted.live == 4 * 110


def chain(x: Tensor, steps: int) -> Tensor:
    for _ in range(steps):
        x = x.exp()  # the result is kept for the backward pass
    return x


@pytest.mark.parametrize("device", [CPU, META])
def test_what_the_backward_pass_needs_is_counted(device: torch.device) -> None:
    x = torch.zeros(COUNT, device=device, requires_grad=True)
    with PeakBytes(device) as counted:
        y = chain(x * 1, 10)
        kept = counted.live
        del y
    assert kept == 10 * BYTES, "each exponential keeps its result"
    with PeakBytes(device) as counted:
        y = x * 1
        for _ in range(2):
            y = checkpoint(chain, y, 5, use_reentrant=False)
        assert counted.live == 3 * BYTES, "the inputs of both halves and the output"
        y.sum().backward()
    assert 8 * BYTES <= counted.peak <= 11 * BYTES, "one half, its input, and gradients on the way"


def peak_of_backward(unet: Any) -> tuple[int, Tensor]:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 16, 16, generator=random).requires_grad_()
    states = torch.randn(2, 12, 32, generator=random)
    with PeakBytes(CPU, unet) as counted:
        (gradient,) = torch.autograd.grad(unet(x, 3, encoder_hidden_states=states).sample.square().sum(), x)
    return counted.peak, gradient


def test_a_large_network_recomputes_and_a_small_one_does_not(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = load_small(folders["v_prediction"]).pipeline
    assert not plain.unet.is_gradient_checkpointing and not plain.vae.use_slicing
    monkeypatch.setattr(memory, "LARGE", 1)
    saving = load_small(folders["v_prediction"]).pipeline
    assert saving.unet.is_gradient_checkpointing and saving.vae.is_gradient_checkpointing and saving.vae.use_slicing
    (peak, gradient), (less, same) = peak_of_backward(plain.unet), peak_of_backward(saving.unet)
    assert less < 0.7 * peak
    torch.testing.assert_close(same, gradient, rtol=1e-5, atol=1e-6)
    latents = torch.randn(3, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(saving.vae.decode(latents).sample, plain.vae.decode(latents).sample)


def test_the_defaults_networks_are_small(folders: dict[str, Path]) -> None:
    pipeline = load_small(folders["v_prediction"]).pipeline
    assert not memory.is_large(pipeline.unet)
    memory.save_memory(fresh_controlnet(pipeline.unet, (4, 8, 16), 0))
    prepare_networks(pipeline)
    assert not pipeline.unet.is_gradient_checkpointing


@pytest.mark.parametrize(("side", "count"), [(16, BATCH), (64, BATCH), (128, 62), (512, 3), (4096, 1)])
def test_large_pictures_are_encoded_few_at_once(side: int, count: int) -> None:
    assert encoded_at_once(side**2) == count


def test_a_word_of_stable_diffusion_is_learned_in_12_gb() -> None:
    rows = read_yaml(ROOT / "profiles/hub.yaml")["personalize"]["inversion"]["batch_size"]
    model = meta_stable_diffusion(2)
    weights = sum(weight.numel() for part in networks_of(model) for weight in part.parameters())
    assert 1.06e9 < weights < 1.08e9
    found = measured(lambda: word_step(model, rows), *networks_of(model))
    assert 2 * weights / 1e9 < found < CARD - 2, "2 GB are for what is not counted"
    for network in (model.pipeline.unet, model.pipeline.vae):
        network.disable_gradient_checkpointing()
    assert measured(lambda: word_step(model, rows), *networks_of(model)) > 1.5 * found
    set_attention(model.pipeline.unet, CPU)
    assert measured(lambda: word_step(model, 32), *networks_of(model)) > 5 * CARD, "as it was on a card, out of memory"
