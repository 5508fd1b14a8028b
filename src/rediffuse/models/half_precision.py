"""Networks whose weights are float16 or bfloat16: what they are given, and gradients that pass through them.

Published weights are read as float16 on CUDA, while data, noises and everything that is trained are float32. Inputs are
cast where they enter a network. Nothing changes for float32 weights.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

HALF = (torch.float16, torch.bfloat16)


def cast_inputs(network: nn.Module) -> None:
    """Cast every floating-point input of the network to the type of its weights, where these are half precision."""
    network.register_forward_pre_hook(_cast, with_kwargs=True)


def _cast(network: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    dtype = next(network.parameters()).dtype
    if dtype not in HALF:
        return args, named
    return _as(args, dtype), _as(named, dtype)


def _as(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, Tensor):
        return value.to(dtype) if value.is_floating_point() else value
    if isinstance(value, dict):
        return {key: _as(inner, dtype) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_as(inner, dtype) for inner in value)
    return value


class GradientScale:
    """Keep a gradient within the range of float16 while it passes backward through float16 weights.

    At ``leave`` the gradient is multiplied by the power of two that brings its largest element to 1 to 2, at ``enter``
    it is divided by it again. Values are unchanged. Loss scaling (Micikevicius et al. 2018, arXiv 1710.03740) by a
    factor that is found for each backward pass.

    Args:
        dtype: of the weights; for another one than float16 nothing is scaled.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self.active = dtype == torch.float16
        self.factor: Tensor | None = None

    def enter(self, x: Tensor) -> Tensor:
        """Mark what the gradient is taken of, in float32, before it is cast."""
        entered: Tensor = _Enter.apply(x, self) if self.active else x
        return entered

    def leave(self, x: Tensor) -> Tensor:
        """Mark the output, after it is cast to float32."""
        left: Tensor = _Leave.apply(x, self) if self.active else x
        return left


class _Enter(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: GradientScale) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        assert ctx.scale.factor is not None
        return gradients[0] / ctx.scale.factor, None


class _Leave(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: GradientScale) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        largest = gradient.abs().amax().float().clamp(1e-30, 1e30)  # zero stays zero, infinity infinite
        ctx.scale.factor = torch.exp2(-largest.log2().floor())
        return gradient * ctx.scale.factor, None
