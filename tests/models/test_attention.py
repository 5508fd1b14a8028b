"""Attention is plain on the CPU and fused elsewhere, and both give the same answers and gradients."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0
from torch import Tensor, nn

from rediffuse.models import attention as module
from rediffuse.models.attention import attend, set_attention
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.controlnet.model import fresh_controlnet
from tests.support.small_text2image import load_small

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
PLAIN_OF = {"cpu": AttnProcessor, "cuda": AttnProcessor2_0, "mps": AttnProcessor2_0}


@pytest.fixture
def small_unet(folders: dict[str, Path]) -> nn.Module:
    unet: nn.Module = load_small(folders["v_prediction"]).pipeline.unet
    return unet


def processors(network: Any) -> set[type]:
    return {type(processor) for processor in network.attn_processors.values()}


@pytest.mark.parametrize("kind", list(PLAIN_OF))
def test_the_device_decides(kind: str, small_unet: Any) -> None:
    for network in (small_unet, fresh_controlnet(small_unet, (4, 8, 16), 0)):
        set_attention(network, torch.device(kind))
        assert processors(network) == {PLAIN_OF[kind]}
        assert len(network.attn_processors) > 3


def test_a_network_can_be_set_again(small_unet: Any) -> None:
    for device, kind in ((CPU, AttnProcessor), (CUDA, AttnProcessor2_0), (CPU, AttnProcessor)):
        set_attention(small_unet, device)
        assert processors(small_unet) == {kind}


@pytest.mark.parametrize(("device", "name"), [(CPU, "eager"), (CUDA, "sdpa")])
def test_clip_has_the_attention_of_its_device(device: torch.device, name: str, clip: Clip) -> None:
    model = copy.deepcopy(clip.model)
    set_attention(model, device)
    towers = (model.config, model.config.text_config, model.config.vision_config)
    assert [config._attn_implementation for config in towers] == [name] * 3


def both_answers(network: nn.Module, inputs: dict[str, Any]) -> Iterator[tuple[Tensor, Tensor]]:
    """Answer and gradient of the first input, under each kind of attention."""
    for device in (CPU, CUDA):
        set_attention(network, device)
        answer = network(**inputs).sample
        (gradient,) = torch.autograd.grad(answer.square().sum(), inputs["sample"])
        yield answer.detach(), gradient


def test_both_kinds_give_the_same(small_unet: nn.Module) -> None:
    random = torch.Generator().manual_seed(0)
    inputs = {
        "sample": torch.randn(2, 4, 8, 8, generator=random).requires_grad_(),
        "timestep": torch.tensor([3, 700]),
        "encoder_hidden_states": torch.randn(2, 12, 32, generator=random),
    }
    (plain, plain_gradient), (fused, fused_gradient) = both_answers(small_unet, inputs)
    assert plain.abs().max() > 0.1 and plain_gradient.abs().max() > 0.1
    torch.testing.assert_close(fused, plain, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fused_gradient, plain_gradient, rtol=1e-3, atol=1e-4)


def test_both_kinds_give_clips_embeddings(clip: Clip) -> None:
    model = copy.deepcopy(clip.model)
    tokens = torch.randint(4, 500, (3, 9), generator=torch.Generator().manual_seed(0))
    found = []
    for device in (CPU, CUDA):
        set_attention(model, device)
        with torch.no_grad():
            found.append(model.get_text_features(input_ids=tokens).pooler_output)
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-5)


def test_attention_of_our_own_is_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    query, key, value = torch.randn(3, 2, 4, 9, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        attend(query, key, value), torch.nn.functional.scaled_dot_product_attention(query, key, value)
    )

    def fail(*_: Tensor) -> Tensor:
        raise AssertionError("the fused kernel on a CPU")

    monkeypatch.setattr(module.F, "scaled_dot_product_attention", fail)
    attend(query, key, value)
    with pytest.raises(AssertionError, match="fused"):
        attend(*(part.to("meta") for part in (query, key, value)))
