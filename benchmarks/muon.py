"""Milliseconds of an optimizer step by our Muon and by torch's own."""

from __future__ import annotations

import statistics

import torch
from torch import nn

from benchmarks.timing import alternate
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import INPUT_OR_OUTPUT, make_unet
from rediffuse.training.muon import MatrixMuon
from rediffuse.training.optimizers import make_optimizers


def muon_ms(params: Params, rounds: int) -> dict[str, float]:
    """Milliseconds of an optimizer step of our network's inner weights, by our Muon and by torch's own.

    torch's takes matrices only, so it is given the kernels as such.
    """
    torch.manual_seed(0)
    section = params.optimizer.model_copy(update={"hidden_layers": "muon"})
    ours = next(
        o for o in make_optimizers(make_unet(params, num_sets=2), section, INPUT_OR_OUTPUT) if isinstance(o, MatrixMuon)
    )
    matrices = [nn.Parameter(weight.detach().flatten(1).clone()) for weight in ours.weights]
    for weight in (*ours.weights, *matrices):
        weight.grad = torch.randn_like(weight)
    rate, decay = section.muon_learning_rate, section.weight_decay
    steps = {"ours": ours.step, "torch": torch.optim.Muon(matrices, lr=rate, weight_decay=decay).step}
    return {name: round(1000 * statistics.median(found), 2) for name, found in alternate(steps, rounds).items()}
