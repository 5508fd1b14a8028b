"""The networks that the benchmark compares, and the declared grid of settings in which each may run.

Ours runs as the pipeline trains it. Every other network is measured in each setting of its grid and compared in its
fastest one, in the same precision as ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import torch
import torch.nn.functional as F
from diffusers import UNet2DModel
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.context_unet import ContextUnet
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import INPUT_OR_OUTPUT, make_unet
from rediffuse.training.muon import MatrixMuon
from rediffuse.training.optimizers import make_optimizers

SIDE, CONDITIONS = 28, 12  # pixels of an image; digits and sets
Layout = Literal["contiguous", "channels-last"]
AttentionKind = Literal["plain", "fused"]
Optimizer = Literal["fused AdamW", "Muon with AdamW"]
Batch = tuple[Tensor, Tensor, Tensor]  # x_t [B, 3, 28, 28], timesteps [B], conditions [B, 12]
LAYOUTS: tuple[Layout, ...] = ("contiguous", "channels-last")
ATTENTIONS: tuple[AttentionKind, ...] = ("plain", "fused")
HEAD_WIDTHS = (8, 32)
OPTIMIZERS: tuple[Optimizer, ...] = ("fused AdamW", "Muon with AdamW")  # the second as ours


@dataclass(frozen=True)
class Setting:
    """How a network is run; a part that a network or a measure does not have is None."""

    layout: Layout
    attention: AttentionKind | None = None
    head_width: int | None = None
    optimizer: Optimizer | None = None

    def __str__(self) -> str:
        attention = self.attention and f"{self.attention} attention"
        heads = self.head_width and f"heads of {self.head_width}"
        return ", ".join(part for part in (self.layout, attention, heads, self.optimizer) if part)

    @property
    def memory_format(self) -> torch.memory_format:
        """torch's name of the layout."""
        return torch.channels_last if self.layout == "channels-last" else torch.contiguous_format


@dataclass(frozen=True)
class Peer:
    """A network of the comparison.

    Attributes:
        settings: its grid for training.
        build: the untrained network in a setting, contiguous.
        call: the network's output for a batch in a setting.
        input_or_output: names of its first and last layers and embeddings, which Muon does not train.
    """

    settings: tuple[Setting, ...]
    build: Callable[[Setting], nn.Module]
    call: Callable[[nn.Module, Batch, Setting], Tensor]
    input_or_output: tuple[str, ...]

    def sampling_settings(self) -> tuple[Setting, ...]:
        """Its grid for sampling, in which no optimizer takes part."""
        return tuple(dict.fromkeys(replace(setting, optimizer=None) for setting in self.settings))


def make_peers(params: Params) -> dict[str, Peer]:
    """Ours, diffusers' of the same widths and resolutions, and the report's of 64 and 128 features."""
    network, timesteps = params.network, params.schedule.num_train_timesteps
    ours_setting = Setting(
        "channels-last",
        "plain",
        network.block_out_channels[1] // network.attention_heads,
        "Muon with AdamW" if params.optimizer.hidden_layers == "muon" else "fused AdamW",
    )
    layers = ("conv_in", "conv_out", "time_embedding", "class_embedding")
    peers = {
        "ours": Peer((ours_setting,), lambda _: make_unet(params, num_sets=2), _call_ours, INPUT_OR_OUTPUT),
        "unet2d": Peer(
            tuple(Setting(*parts) for parts in product(LAYOUTS, ATTENTIONS, HEAD_WIDTHS, OPTIMIZERS)),
            lambda setting: make_unet2d(params, setting),
            lambda model, batch, setting: _call_unet2d(model, batch, setting, network.patch_size),
            layers,
        ),
    }
    context_grid = tuple(Setting(layout, optimizer=optimizer) for layout, optimizer in product(LAYOUTS, OPTIMIZERS))
    for features in (64, 128):
        peers[f"context_unet_{features}"] = Peer(
            context_grid,
            lambda _, features=features: ContextUnet(features),  # type: ignore[misc]
            lambda model, batch, _: model(batch[0], batch[1] / timesteps, batch[2]),
            ("start.first", "out.3", "embeddings"),
        )
    return peers


def make_unet2d(params: Params, setting: Setting) -> UNet2DModel:
    """diffusers' U-Net of our widths, on folded images as ours."""
    network = params.network
    model = UNet2DModel(
        sample_size=SIDE // network.patch_size,
        in_channels=3 * network.patch_size**2,
        out_channels=3 * network.patch_size**2,
        block_out_channels=network.block_out_channels,
        layers_per_block=network.layers_per_block[1],
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        num_class_embeds=20,
        attention_head_dim=setting.head_width,
    )
    for layer in model.modules():
        if isinstance(layer, Attention):
            layer.set_processor(AttnProcessor() if setting.attention == "plain" else AttnProcessor2_0())
    return model


def _call_ours(model: nn.Module, batch: Batch, _: Setting) -> Tensor:
    output: Tensor = model(*batch)
    return output


def _call_unet2d(model: nn.Module, batch: Batch, setting: Setting, patch_size: int) -> Tensor:
    x, timesteps, condition = batch
    folded = F.pixel_unshuffle(x, patch_size).contiguous(memory_format=setting.memory_format)
    output = model(folded, timesteps, class_labels=condition.argmax(1)).sample
    return F.pixel_shuffle(output, patch_size)


@dataclass
class Contender:
    """A network in one setting and one precision, with its optimizers."""

    peer: Peer
    setting: Setting
    precision: torch.dtype
    model: nn.Module
    optimizers: list[torch.optim.Optimizer]

    def __call__(self, batch: Batch) -> Tensor:
        """The output for a batch, in the contender's precision."""
        x, timesteps, condition = batch
        x = x.contiguous(memory_format=self.setting.memory_format)
        with torch.autocast(x.device.type, self.precision, enabled=self.precision != torch.float32):
            return self.peer.call(self.model, (x, timesteps, condition), self.setting)

    def train_step(self, batch: Batch) -> None:
        """One optimizer step."""
        F.mse_loss(self(batch).float(), batch[0]).backward()
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    @torch.inference_mode()
    def sample_step(self, batch: Batch) -> None:
        """One forward pass."""
        self(batch)


def make_contender(
    peer: Peer, setting: Setting, precision: torch.dtype, params: Params, device: torch.device | str = "cpu"
) -> Contender:
    """The peer's network in a setting, ready to train; without an optimizer in the setting, ready to sample."""
    torch.manual_seed(0)
    model = peer.build(setting).to(device, memory_format=setting.memory_format).train(setting.optimizer is not None)
    optimizers: list[torch.optim.Optimizer] = []
    if setting.optimizer is not None:
        kind = "muon" if setting.optimizer == "Muon with AdamW" else "adamw"
        section = params.optimizer.model_copy(update={"hidden_layers": kind})
        optimizers = make_optimizers(model, section, peer.input_or_output)
    for optimizer in optimizers:
        if isinstance(optimizer, MatrixMuon):
            optimizer.dtype = precision
    return Contender(peer, setting, precision, model, optimizers)


def multiply_adds(network: Callable[[Batch], object], batch: Batch) -> int:
    """Multiply-adds of a forward pass for one image, in convolutions and matrix products."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(batch)
    return int(counter.get_total_flops() // (2 * len(batch[0])))


def cost(peer: Peer, batch: Batch, params: Params) -> Mapping[str, int]:
    """Parameters of a network, and multiply-adds of its forward pass for one image; the setting changes neither.

    Attention is counted as plain matrix products.
    """
    setting = next(one for one in peer.sampling_settings() if one.attention != "fused")
    contender = make_contender(peer, setting, torch.float32, params)
    return {
        "parameters": sum(parameter.numel() for parameter in contender.model.parameters()),
        "multiply_adds_per_image": multiply_adds(contender, batch),
    }
