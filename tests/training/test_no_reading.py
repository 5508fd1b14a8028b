"""Between two points of its curve no training reads a value back, which on a GPU would wait for the device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from rediffuse.training import fit as fit_module
from rediffuse.training.run import Plan, TrainingRun
from rediffuse.training.shared_params import Pace
from tests.support.trainings import STEPS, TRAININGS, Run, train_tiny

aten = torch.ops.aten
# lift_fresh is a tensor made of Python's values, which is copied to a GPU from memory that is not pinned
READING = {aten._local_scalar_dense, aten.is_nonzero, aten.nonzero, aten.masked_select, aten.equal, aten.lift_fresh}
METHODS = ["item", "tolist", "numpy", "cpu", "__float__", "__int__", "__bool__", "__index__", "__array__"]


class ReadingError(Exception):
    """A value was read, or made, where the device would be waited for."""


class Watch(TorchDispatchMode):
    """Raises where a value is read while ``active``, by whatever operation.

    Attributes:
        reads: how many losses were read at once, each time.
    """

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.active, self.reads = False, list[int]()
        follow, read, save = fit_module.follow_pace, TrainingRun._read_losses, TrainingRun._save

        def followed(*arguments: Any) -> Iterator[Any]:
            self.active = True
            yield from follow(*arguments)
            self.active = False

        def counted(run: TrainingRun) -> list[float]:
            with self.paused():
                found = read(run)
            self.reads.append(len(found))
            return found

        def saved(run: TrainingRun) -> None:
            with self.paused():
                save(run)

        patched.setattr(fit_module, "follow_pace", followed)
        patched.setattr(TrainingRun, "_read_losses", counted)
        patched.setattr(TrainingRun, "_save", saved)
        for name in METHODS:
            patched.setattr(Tensor, name, self.refusing(name))

    def refusing(self, name: str) -> Any:
        method = getattr(Tensor, name)

        def refused(*arguments: Any, **options: Any) -> Any:
            if self.active:
                raise ReadingError(name)
            return method(*arguments, **options)

        return refused

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        by_mask = func.overloadpacket in (aten.index, aten.index_put, aten.index_put_) and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        if self.active and (func.overloadpacket in READING or by_mask):
            raise ReadingError(str(func))
        return func(*args, **(kwargs or {}))

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        before, self.active = self.active, False
        yield
        self.active = before


@pytest.mark.parametrize("name", TRAININGS)
def test_no_training_reads_between_two_points_of_its_curve(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(monkeypatch)
    watched = train_tiny(name, Run(making=watch.paused, running=lambda: watch), tmp_path)
    assert watch.reads == [4] * (STEPS // 4) * len(watched)
    assert all(len(one.losses) == STEPS and len(set(one.losses)) > STEPS / 2 for one in watched)


@pytest.mark.parametrize(
    "reading",
    [
        lambda loss: loss * float(loss),
        lambda loss: loss if loss > 0 else -loss,
        lambda loss: loss * torch.tensor([1.0]).sum(),
        lambda loss: loss.flatten()[loss.flatten() > -1].sum(),
        lambda loss: loss * loss.tolist(),
    ],
)
def test_a_loss_that_reads_is_found(
    reading: Any, accelerator: Accelerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, watch = nn.Linear(4, 2), Watch(monkeypatch)
    plan = Plan("test", Pace(3), 2, tmp_path / "live")

    def batch_at(step: int) -> Tensor:
        with watch.paused():
            return torch.randn(6, 4, generator=torch.Generator().manual_seed(step))

    with watch, pytest.raises(ReadingError):
        fit_module.fit(
            accelerator,
            net,
            [torch.optim.AdamW(net.parameters(), fused=True)],
            batch_at,
            lambda model, batch: reading(model(batch).square().mean()),
            plan,
        )
