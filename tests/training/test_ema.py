"""Averaged weights are diffusers', to the bit, without its imports."""

from __future__ import annotations

import copy

import torch
from diffusers.training_utils import EMAModel
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rediffuse.training.ema import AveragedWeights


@settings(deadline=None, max_examples=20)
@given(st.floats(0.3, 0.9999), st.integers(1, 30), st.integers(0, 2**31))
def test_the_average_is_diffusers_to_the_bit_and_resumes(decay: float, steps: int, seed: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2))
    theirs = EMAModel(net.parameters(), decay=decay, use_ema_warmup=True, inv_gamma=1.0, power=0.75, foreach=True)
    ours, random = AveragedWeights(net, decay), torch.Generator().manual_seed(seed)
    for step in range(steps):
        if step == steps // 2:
            saved = copy.deepcopy(ours.state_dict())
            ours = AveragedWeights(net, decay)
            ours.load_state_dict(saved)
        for parameter in net.parameters():
            parameter.data.add_(torch.randn(parameter.shape, generator=random))
        ours.step(net)
        theirs.step(net.parameters())
    expected = copy.deepcopy(net)
    theirs.copy_to(expected.parameters())
    found = ours.copy_of(net)
    assert all(torch.equal(a, b) for a, b in zip(found.parameters(), expected.parameters(), strict=True))
    assert not torch.equal(found[0].weight, net[0].weight) or steps == 1
