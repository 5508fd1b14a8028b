"""What a captured step needs, as far as it shows without a CUDA device."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.training import captured
from rediffuse.training.captured import WARMUP, CapturedSteps, buffers, fill, hold_rates, kind_of, require_capturable
from rediffuse.training.fit import plan_training
from rediffuse.training.loop import set_rates
from rediffuse.training.shared_params import TrainingSection
from tests.support.faces import training_params


def test_a_kind_is_shapes_dtypes_and_what_is_missing() -> None:
    batch = (torch.ones(2, 3), [torch.ones(4)], None)
    assert kind_of(batch) == kind_of((torch.zeros(2, 3), [torch.zeros(4)], None))
    others = [
        (torch.ones(3, 2), [torch.ones(4)], None),
        (torch.ones(2, 3), [torch.ones(5)], None),
        (torch.ones(2, 3).double(), [torch.ones(4)], None),
        (torch.ones(2, 3), [torch.ones(4)], torch.ones(1)),
    ]
    assert all(kind_of(batch) != kind_of(other) for other in others)
    with pytest.raises(TypeError, match="takes tensors only, and this batch holds str"):
        kind_of((torch.ones(2), ["a cat"]))


def test_buffers_stay_where_they_are_and_take_each_batch() -> None:
    first = (torch.ones(2), [torch.ones(3)], None)
    static = buffers(first)
    places = [static[0].data_ptr(), static[1][0].data_ptr()]
    fill(static, (torch.full((2,), 5.0), [torch.full((3,), 6.0)], None))
    assert static[0].tolist() == [5, 5] and static[1][0].tolist() == [6, 6, 6]
    assert [static[0].data_ptr(), static[1][0].data_ptr()] == places
    assert first[0].tolist() == [1, 1]


def test_rates_are_filled_in_place() -> None:
    net = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(2):  # a resumed optimizer has tensors of its checkpoint
        hold_rates([optimizer], torch.device("cpu"))
    rate = optimizer.param_groups[0]["lr"]
    for share in (0.25, 1.0, 0.5):
        set_rates([optimizer], share)
        assert optimizer.param_groups[0]["lr"] is rate and float(rate) == 0.5 * share


class FakeGraph:
    """What replays a step that sums the batch's tensor into the loss."""

    def __init__(self, step: Summing) -> None:
        self.step, self.replays = step, 0

    def replay(self) -> None:
        self.replays += 1
        self.step.loss.copy_(self.step.batch.sum())


class Summing:
    """A step whose loss is the sum of the batch."""

    def __init__(self) -> None:
        self.calls: list[Tensor] = []

    def __call__(self, batch: Tensor) -> Tensor:
        self.calls.append(batch)
        self.batch, self.loss = batch, batch.sum()
        return self.loss


def test_each_kind_is_warmed_up_then_captured_once_then_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    step, graphs = Summing(), list[FakeGraph]()

    def graph() -> FakeGraph:
        graphs.append(FakeGraph(step))
        return graphs[-1]

    stream = SimpleNamespace(wait_stream=lambda other: None)
    fake: dict[str, Any] = {
        "Stream": lambda: stream,
        "current_stream": lambda: stream,
        "stream": lambda _: contextlib.nullcontext(),
        "CUDAGraph": graph,
        "graph": lambda *_, **__: contextlib.nullcontext(),
    }
    for name, value in fake.items():
        monkeypatch.setattr(captured.torch.cuda, name, value)
    steps = CapturedSteps(step)
    losses = [steps(torch.full((2,), float(index))) for index in range(10)]
    assert [float(loss) for loss in losses] == [2.0 * index for index in range(10)]
    assert len(step.calls) == WARMUP + 1 and [one.replays for one in graphs] == [10 - WARMUP]
    steps(torch.ones(3))
    assert len(step.calls) == WARMUP + 2 and len(graphs) == 1, "another kind is warmed up on its own"


def test_captured_steps_are_refused_in_one_line_where_they_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"^device: found cuda_graphs, but this machine has no CUDA device; allowed"):
        make_accelerator("cuda_graphs")

    def of(kind: str, count: int) -> Accelerator:
        return cast(Accelerator, SimpleNamespace(device=torch.device(kind), num_processes=count))

    require_capturable(of("cuda", 1))
    with pytest.raises(InputError, match=r"^device: found cuda_graphs on cpu; allowed here: auto, cpu$"):
        require_capturable(of("cpu", 1))
    with pytest.raises(InputError, match=r"^device: found cuda_graphs in 2 processes; allowed with several: auto"):
        require_capturable(of("cuda", 2))


def test_the_switch_is_a_device_and_off_by_default(
    accelerator: Accelerator, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {train_face_ddpm: {deps: []}}")
    for device, expected in (("auto", False), ("cpu", False), ("cuda", False), ("cuda_graphs", True)):
        section: TrainingSection = training_params(device=device)
        assert plan_training(accelerator, "train_face_ddpm", section, "faces").captured is expected
