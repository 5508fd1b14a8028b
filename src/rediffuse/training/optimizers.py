"""Optimizers of the project's networks: Muon for what lies inside, AdamW for the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rediffuse.pipeline.compute import fast_dtype
from rediffuse.training.shared_params import OptimizerSection


class MatrixMuon(torch.optim.Muon):
    """torch's Muon (Jordan et al. 2024) for weights of two or four dimensions, in a precision of choice.

    A convolution's kernel is taken as a matrix with a row for each output channel; torch's own
    takes matrices only. The order of the columns does not matter to Muon, so the matrix can be a
    view of the kernel in whichever memory format it lies.

    torch's own orthogonalizes in bfloat16 everywhere. Where a processor only emulates that, it takes
    most of a small network's step, and float32 is many times faster.

    The weights must be on their device, in their memory format, before the optimizer is made.

    Args:
        weights: what is trained, of two or four dimensions.
        dtype: of the orthogonalization; in bfloat16 the update is torch's own.
        options: torch.optim.Muon's; ``nesterov`` and ``adjust_lr_fn`` stay as torch has them.
    """

    def __init__(self, weights: Iterable[nn.Parameter], *, dtype: torch.dtype = torch.bfloat16, **options: Any) -> None:
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
        rate, momentum = group["lr"], group["momentum"]
        for weight, matrix in zip(self.weights, group["params"], strict=True):
            if weight.grad is None:
                continue
            gradient, state = _as_matrix(weight.grad, weight), self.state[matrix]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(gradient)
            state["momentum_buffer"].lerp_(gradient, 1 - momentum)
            update = gradient.lerp(state["momentum_buffer"], momentum)  # Nesterov's
            update = orthogonalized(update.to(self.dtype), group["ns_coefficients"], group["ns_steps"], group["eps"])
            rows, columns = matrix.shape
            matrix.mul_(1 - rate * group["weight_decay"])
            matrix.add_(update, alpha=-rate * math.sqrt(max(1, rows / columns)))
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights."""
        for weight in self.weights:
            weight.grad = None


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
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(
            outer, lr=section.learning_rate, betas=section.betas, weight_decay=section.weight_decay, fused=True
        )
    ]
    if inner:
        dtype = fast_dtype(inner[0].device)
        muon = MatrixMuon(inner, dtype=dtype, lr=section.muon_learning_rate, weight_decay=section.weight_decay)
        optimizers.append(muon)
    return optimizers


def is_input_or_output_layer(name: str, layers: Sequence[str]) -> bool:
    """Whether the parameter ``name`` is of one of the ``layers``, each a part of its name."""
    return any(layer in name for layer in layers)


def _as_matrix(tensor: Tensor, weight: Tensor) -> Tensor:
    # The order of the columns follows the weight's memory format, whatever the gradient's is, so
    # that the weight's own matrix is a view.
    if weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.flatten(1)
