"""Muon for weights of two or four dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


class MatrixMuon(torch.optim.Muon):
    """torch's Muon (Jordan et al. 2024) for weights of two or four dimensions, in a precision of choice.

    A convolution's kernel is taken as a matrix with a row for each output channel; torch's own
    takes matrices only. The order of the columns does not matter to Muon, so the matrix can be a
    view of the kernel in whichever memory format it lies.

    torch's own orthogonalizes in bfloat16 everywhere. Where a processor only emulates that, it takes
    most of a small network's step, and float32 is many times faster.

    All matrices of one shape are orthogonalized together; the updates are the same up to rounding. A GPU
    launches some ten kernels for each shape instead of thirty for each weight. A CPU gives each core matrices
    of its own, where the products of one matrix are too small to be shared.

    The weights must be on their device, in their memory format, before the optimizer is made.

    Args:
        weights: what is trained, of two or four dimensions.
        dtype: of the orthogonalization; in bfloat16 the update is torch's own.
        options: torch.optim.Muon's; ``nesterov`` and ``adjust_lr_fn`` stay as torch has them. The learning rate
            may be a tensor on the weights' device.
    """

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        *,
        dtype: torch.dtype = torch.bfloat16,
        **options: Any,
    ) -> None:
        self.weights, self.dtype = list(weights), dtype
        matrices = [nn.Parameter(_as_matrix(weight.detach(), weight)) for weight in self.weights]
        for weight, matrix in zip(self.weights, matrices, strict=True):
            assert matrix.data_ptr() == weight.data_ptr(), "a copy would be trained in place of the weight"
        super().__init__(matrices, **options)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update the weights from their own gradients."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        (group,) = self.param_groups
        pairs = zip(self.weights, group["params"], strict=True)
        trained = [(weight, matrix) for weight, matrix in pairs if weight.grad is not None]
        for _, matrix in trained:
            if not self.state[matrix]:
                self.state[matrix]["momentum_buffer"] = torch.zeros_like(matrix)
        for shape in dict.fromkeys(matrix.shape for _, matrix in trained):
            alike = [pair for pair in trained if pair[1].shape == shape]
            if len(alike) == 1 and not isinstance(group["lr"], Tensor):  # add_ takes no tensor as its alpha
                self._update_one(*alike[0], group)
            else:
                self._update_stack(alike, group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights."""
        for weight in self.weights:
            weight.grad = None

    def _update_one(self, weight: nn.Parameter, matrix: Tensor, group: dict[str, Any]) -> None:
        assert weight.grad is not None
        rate, momentum = group["lr"], group["momentum"]
        gradient, buffer = _as_matrix(weight.grad, weight), self.state[matrix]["momentum_buffer"]
        buffer.lerp_(gradient, 1 - momentum)
        update = gradient.lerp(buffer, momentum)  # Nesterov's
        update = orthogonalized(update.to(self.dtype), group["ns_coefficients"], group["ns_steps"], group["eps"])
        matrix.mul_(1 - rate * group["weight_decay"])
        matrix.add_(update, alpha=-rate * _scale(matrix))

    def _update_stack(self, pairs: list[tuple[nn.Parameter, Tensor]], group: dict[str, Any]) -> None:
        rate, momentum = group["lr"], group["momentum"]
        matrices = [matrix for _, matrix in pairs]
        gradients = [_as_matrix(weight.grad, weight) for weight, _ in pairs if weight.grad is not None]
        buffers = [self.state[matrix]["momentum_buffer"] for matrix in matrices]
        torch._foreach_lerp_(buffers, gradients, 1 - momentum)
        updates = torch.stack(torch._foreach_lerp(gradients, buffers, momentum)).to(self.dtype)
        updates = orthogonalized_stack(updates, group["ns_coefficients"], group["ns_steps"], group["eps"])
        updates = updates.float() * (-rate * _scale(matrices[0]))
        torch._foreach_mul_(matrices, 1 - rate * group["weight_decay"])
        torch._foreach_add_(matrices, list(updates.unbind()))


def orthogonalized(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """The orthogonal matrix nearest to ``matrix``, roughly: its singular values are brought near 1.

    The quintic Newton–Schulz iteration of Muon: X ← aX + (bA + cA²)X with A = XXᵀ, in the matrix's own precision.

    Args:
        matrix: [M, N], of any norm; a norm below ``eps`` is taken as ``eps``.
        coefficients: a, b and c.
    """
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix  # the smaller of the two Gram matrices
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


def orthogonalized_stack(matrices: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """``orthogonalized`` of each of the matrices [K, M, N], by batched products; the same up to rounding."""
    a, b, c = coefficients
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


def _scale(matrix: Tensor) -> float:
    rows, columns = matrix.shape
    return math.sqrt(max(1, rows / columns))


def _as_matrix(tensor: Tensor, weight: Tensor) -> Tensor:
    # The order of the columns follows the weight's memory format, whatever the gradient's is, so
    # that the weight's own matrix is a view.
    if weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.flatten(1)
