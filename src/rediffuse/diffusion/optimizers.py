"""Optimizers of the project's networks: Muon for what lies inside, AdamW for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from rediffuse.params.training import OptimizerSection

IsEdge = Callable[[str], bool]


class MatrixMuon(torch.optim.Muon):
    """torch's Muon (Jordan et al. 2024) for weights of two or four dimensions.

    A convolution's kernel is taken as a matrix with a row for each output channel; torch's own
    takes matrices only. The order of the columns does not matter to Muon, so the matrix can be a
    view of the kernel in whichever memory format it lies.

    The weights must be on their device, in their memory format, before the optimizer is made.
    """

    def __init__(self, weights: Iterable[nn.Parameter], **options: Any) -> None:
        self.weights = list(weights)
        matrices = [nn.Parameter(_as_matrix(weight.detach(), weight)) for weight in self.weights]
        for weight, matrix in zip(self.weights, matrices, strict=True):
            assert matrix.data_ptr() == weight.data_ptr(), "a copy would be trained in place of the weight"
        super().__init__(matrices, **options)

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update the weights from their own gradients."""
        for weight, matrix in zip(self.weights, self.param_groups[0]["params"], strict=True):
            matrix.grad = None if weight.grad is None else _as_matrix(weight.grad, weight)
        return super().step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights."""
        super().zero_grad(set_to_none)
        for weight in self.weights:
            weight.grad = None


def make_optimizers(model: nn.Module, section: OptimizerSection, is_edge: IsEdge) -> list[torch.optim.Optimizer]:
    """The optimizers of ``model``, which lies on its device.

    Muon takes the weights of two and more dimensions for whose name ``is_edge`` is false; AdamW
    takes what remains, which is first and last layers, embeddings, biases and gains.
    """
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        muon = section.hidden_layers == "muon" and parameter.ndim >= 2 and not is_edge(name)
        (inner if muon else outer).append(parameter)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(
            outer, lr=section.learning_rate, betas=section.betas, weight_decay=section.weight_decay, fused=True
        )
    ]
    if inner:
        optimizers.append(MatrixMuon(inner, lr=section.muon_learning_rate, weight_decay=section.weight_decay))
    return optimizers


def _as_matrix(tensor: Tensor, weight: Tensor) -> Tensor:
    # The order of the columns follows the weight's memory format, whatever the gradient's is, so
    # that the weight's own matrix is a view.
    if weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.flatten(1)
