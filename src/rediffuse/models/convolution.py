"""Convolutions that compute the gradient of their weights by one matrix product, where that is faster on a CPU.

oneDNN, with which torch convolves on a CPU, sums the gradient of a kernel place by place. Where a picture has few
places, or is cut into patches, a product of its windows with the gradient takes a third of the time on a processor with
matrix units (AMX), and as long on others.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

FEW_PLACES = 16  # output places of a picture up to which the product is faster; at 36 it was slower


def set_convolutions(network: nn.Module, device: torch.device) -> None:
    """Let the convolutions of ``network`` compute the gradient of their weights by a matrix product where it is faster.

    Parameters, names and outputs stay the same; gradients differ by rounding. On a GPU nothing changes.
    """
    if device.type != "cpu":
        return
    for layer in network.modules():
        if type(layer) is nn.Conv2d and layer.groups == 1 and layer.dilation == (1, 1):
            layer.__class__ = ProductConv2d  # so parameters, hooks and names stay


class ProductConv2d(nn.Conv2d):
    """``nn.Conv2d`` that computes the gradient of its weight by a matrix product where that is faster."""

    def forward(self, input: Tensor) -> Tensor:
        """As ``nn.Conv2d``."""
        if torch.is_grad_enabled() and self.weight.requires_grad and self._is_faster(input):
            convolved: Tensor = _Convolution.apply(input, self.weight, self.bias, self.stride, self.padding)
            return convolved
        return super().forward(input)

    def _is_faster(self, input: Tensor) -> bool:
        if isinstance(self.padding, str) or self.padding_mode != "zeros":
            return False
        if self.kernel_size == self.stride and self.padding == (0, 0):  # patches; 1×1 kernels, where it is as fast
            return True
        sides = zip(input.shape[-2:], self.kernel_size, self.stride, self.padding, strict=True)
        rows, columns = ((side + 2 * pad - kernel) // stride + 1 for side, kernel, stride, pad in sides)
        return rows * columns <= FEW_PLACES


class _Convolution(torch.autograd.Function):
    """torch's convolution with another backward pass."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.bfloat16)
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_input, of_bias = None, None
        if ctx.needs_input_grad[0]:
            of_input = _gradient_of_input(gradient, x, weight, ctx.stride, ctx.padding)
        by_place = gradient.permute(0, 2, 3, 1).flatten(0, 2)  # [B · places, O]
        of_weight = by_place.T @ unfold_windows(x, weight.shape[-2:], ctx.stride, ctx.padding)
        of_weight = of_weight.unflatten(1, (*weight.shape[-2:], -1)).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[2]:
            of_bias = by_place.sum(0)
        return of_input, of_weight, of_bias, None, None


def _gradient_of_input(
    gradient: Tensor, x: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    rest = (1, 1), False, (0, 0), 1, (True, False, False)  # dilation; transposed or not; groups; of the input alone
    of_input: Tensor = torch.ops.aten.convolution_backward(gradient, x, weight, None, stride, padding, *rest)[0]
    return of_input


def unfold_windows(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """Unfold the windows that the kernel sees, [B · places, kernel rows · kernel columns · C], the channels last.

    Args:
        x: [B, C, H, W].
    """
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding[1], padding[1], padding[0], padding[0])).contiguous()
    windows = padded.unfold(1, kernel[0], stride[0]).unfold(2, kernel[1], stride[1])  # [B, rows, columns, C, kh, kw]
    return windows.permute(0, 1, 2, 4, 5, 3).flatten(3).flatten(0, 2)
