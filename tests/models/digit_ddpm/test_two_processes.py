"""The gradients of two half batches, averaged, are those of the whole."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import make_unet, train_ddpm, training_batch
from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[3]


class Recorder:
    """An optimizer that keeps the gradients and moves nothing."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.param_groups = model, [{"lr": 1.0}]
        self.seen: list[list[Tensor]] = []

    def step(self) -> None:
        self.seen.append([p.grad.clone() for p in self.model.parameters() if p.grad is not None])

    def zero_grad(self, set_to_none: bool = True) -> None:
        self.model.zero_grad(set_to_none)


@pytest.fixture(scope="module")
def params() -> Params:
    section = read_yaml(ROOT / "params.yaml")["train_digit_ddpm"]
    network = {
        "block_out_channels": [16, 32],
        "layers_per_block": [1, 1],
        "embedding_dim": 32,
        "attention_heads": 2,
    }
    changes: dict[str, Any] = {"batch_size": 8, "steps": 2, "warmup": 0, "drop_condition": 0.4}
    return Params.model_validate({**section, **changes, "network": {**section["network"], **network}})


@pytest.fixture(scope="module")
def data() -> DigitTensors:
    random = torch.Generator().manual_seed(0)
    return DigitTensors(
        images=torch.randint(0, 256, (20, 3, 28, 28), generator=random, dtype=torch.uint8),
        digits=torch.arange(20) % 10,
        sets=torch.arange(20) // 10,
        names=["mnistm", "street"],
    )


def gradients(params: Params, data: DigitTensors, index: int, count: int) -> list[list[Tensor]]:
    """The gradients of each step of process ``index`` of ``count``, before they are averaged."""
    process = SimpleNamespace(
        process_index=index,
        num_processes=count,
        device=torch.device("cpu"),
        autocast=contextlib.nullcontext,
        backward=lambda loss: loss.backward(),
        clip_grad_norm_=lambda parameters, norm: None,
    )
    unet = make_unet(params, num_sets=2)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():  # the layers that start at zero would hide the gradients of those before them
        for parameter in unet.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=random))
    recorder = Recorder(unet)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    list(train_ddpm(process, unet, [recorder], schedule, data, params))
    return recorder.seen


def test_two_halves_average_to_the_whole(params: Params, data: DigitTensors) -> None:
    ((whole, *_), (left, *_), (right, *_)) = (gradients(params, data, i, n) for i, n in ((0, 1), (0, 2), (1, 2)))
    assert len(whole) == len(list(make_unet(params, 2).parameters()))
    assert all(float(gradient.abs().max()) > 0 for gradient in whole)
    assert not all(torch.allclose(a, b, rtol=0.1) for a, b in zip(left, right, strict=True))
    for one, a, b in zip(whole, left, right, strict=True):
        torch.testing.assert_close((a + b) / 2, one, rtol=1e-4, atol=1e-5 * float(one.abs().max()) + 1e-7)


def test_a_batch_is_a_pure_function_of_its_step(params: Params, data: DigitTensors) -> None:
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    first = training_batch(data, schedule, params, 5)
    training_batch(data, schedule, params, 9)
    assert all(torch.equal(a, b) for a, b in zip(first, training_batch(data, schedule, params, 5), strict=True))
    assert not torch.equal(first[1], training_batch(data, schedule, params, 6)[1])
    assert [part.shape[0] for part in first] == [8] * 4
    assert float(first[0].abs().max()) <= 1


def test_the_condition_is_dropped_row_by_row_digit_and_set_together(params: Params, data: DigitTensors) -> None:
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    rows = torch.cat([training_batch(data, schedule, params, step)[3] for step in range(100)])
    told = rows.sum(1)
    assert set(told.tolist()) == {0.0, 2.0}
    assert float((told == 0).double().mean()) == pytest.approx(0.4, abs=4 * (0.24 / len(rows)) ** 0.5)
