"""The state of a training run: losses, averaged weights, checkpoint, curve, progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

from rediffuse.training.curves import LossCurve
from rediffuse.training.ema import AveragedWeights
from rediffuse.training.loop import Step
from rediffuse.training.resume import Checkpoint
from rediffuse.training.scaling import LossScaler
from rediffuse.training.shared_params import Pace


@dataclass(frozen=True, eq=False)
class Plan:
    """How long a training runs, and what is written on the way.

    Attributes:
        label: of the progress bar.
        pace: steps and learning rates.
        log_every: steps between two points of the loss curve.
        live: folder of the loss curve while the training runs.
        checkpoint: None where the training is not resumed.
        checkpoint_every: steps between two checkpoints.
        keep_last: whether the last step has a checkpoint too, for a stage that goes on after this training.
        part: folder of the finished curve, within the folder of the stage's plots.
        captured: whether steps are captured in CUDA graphs.
    """

    label: str
    pace: Pace
    log_every: int
    live: Path
    checkpoint: Checkpoint | None = None
    checkpoint_every: int = 1
    keep_last: bool = False
    part: str = ""
    captured: bool = False

    def is_saved(self, step: int) -> bool:
        """Whether a checkpoint is written after ``step`` steps."""
        if self.checkpoint is None:
            return False
        return self.keep_last if step == self.pace.steps else step % self.checkpoint_every == 0


class TrainingRun:
    """All that changes while a network is trained, so that it can be saved and resumed.

    Attributes:
        losses: the loss of every step done, but for the last ones that are still on the device.
        unread: those, each a scalar. They are read together, for reading waits for the device.
        scaler: of the loss, where the training computes in float16.
        extra: what the caller wants saved beside, tensors and plain numbers only.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: nn.Module,  # prepared
        optimizers: Sequence[torch.optim.Optimizer],  # prepared
        plan: Plan,
        ema: AveragedWeights | None = None,
    ) -> None:
        self.accelerator, self.model, self.optimizers = accelerator, model, list(optimizers)
        self.plan, self.ema = plan, ema
        self.losses: list[float] = []
        self.unread: list[Tensor] = []
        self.scaler: LossScaler | None = None
        self.extra: dict[str, Any] = {}

    def resume(self) -> int:
        """Load the checkpoint, if there is one; the number of steps that are done."""
        state = self.plan.checkpoint.load() if self.plan.checkpoint is not None else None
        if state is not None:
            self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            if self.ema is not None:
                self.ema.load_state_dict(state["ema"])
            if self.scaler is not None:
                self.scaler.load_state_dict(state["scaler"])
            self.losses, self.extra = state["losses"], state["extra"]
        return len(self.losses)

    def averaged(self) -> Any:
        """A copy of the network that holds the averaged weights."""
        assert self.ema is not None
        return self.ema.copy_of(self.accelerator.unwrap_model(self.model))

    def follow(self, steps: Iterator[Step]) -> Iterator[Step]:
        """Yield each step once the averaged weights are up to date.

        Losses are read when the curve gets a point, before a checkpoint and at the end.

        The checkpoint is written after the caller has handled the step, so what the caller keeps in ``extra``
        belongs to the same step as the weights. The main process alone writes.
        """
        plan, main = self.plan, self.accelerator.is_main_process
        curve = LossCurve(plan.live, plan.log_every, self.losses) if main else None
        bar = tqdm(
            total=plan.pace.steps,
            initial=len(self.losses),
            desc=plan.label,
            unit="step",
            disable=None if main else True,
        )
        with bar:
            for step in steps:
                self.unread.append(step.loss)
                if self.ema is not None:
                    self.ema.step(self.model)
                if step.index % plan.log_every == 0 or plan.is_saved(step.index) or step.index == plan.pace.steps:
                    for loss in self._read_losses():
                        if curve is not None:
                            curve.add(loss)
                    bar.set_postfix(loss=f"{self.losses[-1]:.4f}", refresh=False)
                bar.update()
                yield step
                if main and plan.is_saved(step.index):
                    self._save()
        if curve is not None:
            curve.end()

    def _read_losses(self) -> list[float]:
        """Read what is unread, the mean of all processes; returns it."""
        read: list[float] = self.accelerator.reduce(torch.stack(self.unread), reduction="mean").tolist()
        self.losses += read
        self.unread = []
        return read

    def _save(self) -> None:
        assert self.plan.checkpoint is not None
        self.plan.checkpoint.save(
            {
                "model": self.accelerator.unwrap_model(self.model).state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "ema": self.ema.state_dict() if self.ema is not None else None,
                "scaler": self.scaler.state_dict() if self.scaler is not None else None,
                "losses": self.losses,
                "extra": self.extra,
            }
        )
