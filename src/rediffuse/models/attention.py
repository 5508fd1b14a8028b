"""Which implementation of attention a network uses while it is trained, or while a gradient passes through it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from torch import Tensor, nn


def set_attention(network: nn.Module, device: torch.device) -> None:
    """Set plain attention on the CPU, scaled-dot-product attention elsewhere.

    The backward pass of the fused kernel takes most of a training step on a CPU. On CUDA the fused kernel is faster and
    its memory is linear in the number of places, not quadratic.

    Args:
        network: of diffusers or of transformers.
        device: on which it is to run.
    """
    plain = device.type == "cpu"
    of_transformers = getattr(network, "set_attn_implementation", None)
    if of_transformers is not None:
        of_transformers("eager" if plain else "sdpa")
    for layer in network.modules():
        if isinstance(layer, Attention):
            layer.set_processor(AttnProcessor() if plain else AttnProcessor2_0())


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention of the networks of our own, [..., L, D]: plain on the CPU, scaled-dot-product elsewhere."""
    if query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value)
    return (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(dim=-1) @ value
