"""Optimizers of the project's networks: Muon for what lies inside, AdamW for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from rediffuse.pipeline.compute import fast_dtype
from rediffuse.training.muon import MatrixMuon
from rediffuse.training.shared_params import OptimizerSection


def make_optimizers(
    model: nn.Module, section: OptimizerSection, input_or_output: Sequence[str]
) -> list[torch.optim.Optimizer]:
    """The optimizers of ``model``, which lies on its device.

    Muon takes the weights of two and more dimensions; AdamW takes what remains, which is biases, gains and the
    weights of the layers ``input_or_output``, which are first and last layers and embeddings.
    """
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_hidden = parameter.ndim >= 2 and not is_input_or_output_layer(name, input_or_output)
        is_inner = section.hidden_layers == "muon" and is_hidden
        (inner if is_inner else outer).append(parameter)
    return [make_adamw(outer, section), *([make_muon(inner, section)] if inner else [])]


def make_adamw(weights: Sequence[nn.Parameter], section: OptimizerSection) -> torch.optim.AdamW:
    """AdamW in one kernel; on a GPU its step can be captured in a CUDA graph."""
    return torch.optim.AdamW(
        weights,
        lr=section.learning_rate,
        betas=section.betas,
        weight_decay=section.weight_decay,
        fused=True,
        capturable=weights[0].device.type == "cuda",
    )


def make_muon(weights: Sequence[nn.Parameter], section: OptimizerSection) -> MatrixMuon:
    """Make Muon for ``weights``.

    It orthogonalizes in bfloat16 where that is fast, else in float32; float16 would lose small gradients before they
    are normalized.
    """
    return MatrixMuon(
        weights,
        dtype=torch.bfloat16 if fast_dtype(weights[0].device) == torch.bfloat16 else torch.float32,
        lr=section.muon_learning_rate,
        weight_decay=section.weight_decay,
    )


def is_input_or_output_layer(name: str, layers: Sequence[str]) -> bool:
    """Whether the parameter ``name`` is of one of the ``layers``, each a part of its name."""
    return any(layer in name for layer in layers)
