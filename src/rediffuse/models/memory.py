"""What keeps published networks within the memory of one GPU of 12 GB; small networks are left as they are."""

from __future__ import annotations

from typing import Any

from torch import nn

LARGE = 80_000_000  # weights; Stable Diffusion's autoencoder has 84 million, the default denoiser 8 million


def is_large(network: nn.Module) -> bool:
    """Whether the activations of the network, not its weights, decide whether a backward pass fits."""
    return sum(weight.numel() for weight in network.parameters()) >= LARGE


def save_memory(network: Any) -> None:
    """Recompute the activations of a large network in the backward pass, and decode one picture at a time.

    Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174) gives the same gradient and does nothing without one.

    Args:
        network: of diffusers.
    """
    if not is_large(network):
        return
    network.enable_gradient_checkpointing()
    if hasattr(network, "enable_slicing"):
        network.enable_slicing()
