"""Training in float16: the scaled loss gives the gradients of the plain one, and an overflow does no harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rediffuse.models.convolution import ProductConv2d
from rediffuse.pipeline import compute
from rediffuse.training import scaling
from rediffuse.training.scaling import GROWTH_INTERVAL, START, LossScaler
from tests.support.trainings import KilledError, Run, train_tiny

CPU = torch.device("cpu")


def stepped(scaler: LossScaler, gradient: float) -> list[float]:
    """Unscale a gradient that was computed with the present scale."""
    weight = nn.Parameter(torch.zeros(3))
    weight.grad = torch.tensor([gradient, 1.0, 2.0]) * scaler.scale
    scaler.unscale([weight, nn.Parameter(torch.zeros(1))])
    return weight.grad.tolist()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_an_overflow_halves_the_scale_and_gives_no_gradient(overflows: list[bool]) -> None:
    scaler, scale = LossScaler(CPU), START
    for overflow in overflows:
        found = stepped(scaler, float("inf") if overflow else 0.5)
        assert found == ([0, 0, 0] if overflow else [0.5, 1, 2])
        scale *= 0.5 if overflow else 1
        assert float(scaler.scale) == scale


def test_the_scale_grows_after_many_steps_without_overflow_and_is_resumed() -> None:
    scaler = LossScaler(CPU)
    stepped(scaler, float("nan"))
    for _ in range(GROWTH_INTERVAL - 1):
        stepped(scaler, 0.5)
    assert float(scaler.scale) == START / 2
    again = LossScaler(CPU)
    again.load_state_dict({key: value.clone() for key, value in scaler.state_dict().items()})
    for one in (scaler, again):
        stepped(one, 0.5)
        assert float(one.scale) == START and float(one.steps) == 0


def as_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "fast_dtype", lambda device: torch.float16)


@pytest.fixture(autouse=True)
def convolutions_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings compute in float16 on GPUs alone, and there convolutions stay torch's."""
    monkeypatch.setattr(ProductConv2d, "_is_faster", lambda *_: False)


@pytest.mark.parametrize("name", ["digit_ddpm", "face_ddpm", "picture_judge", "clip", "controlnet"])
def test_a_training_in_float16_is_one_in_float32_up_to_rounding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "START", 2.0**8)  # no step overflows, of so few
    found: dict[torch.dtype, list[float]] = {}
    for dtype in (torch.float32, torch.float16):
        monkeypatch.setattr(compute, "fast_dtype", lambda device, dtype=dtype: dtype)
        (trained,) = train_tiny(name, Run(), tmp_path / str(dtype))
        found[dtype] = trained.losses
        assert all(bool(weight.isfinite().all()) for weight in trained.network.parameters())
    assert found[torch.float16] != found[torch.float32]
    assert found[torch.float16] == pytest.approx(found[torch.float32], rel=0.05)


def test_killed_in_float16_it_resumes_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_float16(monkeypatch)
    (whole,) = train_tiny("face_ddpm", Run(), tmp_path / "whole")
    with pytest.raises(KilledError):
        train_tiny("face_ddpm", Run(stop=6), tmp_path / "killed")
    (again,) = train_tiny("face_ddpm", Run(), tmp_path / "killed")
    weights: list[Any] = [list(one.network.parameters()) for one in (whole, again)]
    assert again.losses == whole.losses
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


@pytest.mark.parametrize(
    ("has_bf16", "capability", "expected"),
    [
        (True, (9, 0), torch.bfloat16),
        (False, (7, 5), torch.float16),
        (False, (7, 0), torch.float16),
        (False, (6, 1), torch.float32),
    ],
)
def test_a_gpu_computes_in_what_it_multiplies_fast(
    has_bf16: bool, capability: tuple[int, int], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert compute.fast_dtype(torch.device("cuda")) == expected
