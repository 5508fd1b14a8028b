"""The batches that the DDPM of the digits is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import training_batch
from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[3]


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
