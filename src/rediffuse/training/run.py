"""A training run as it is followed: progress, averaged weights, losses, checkpoints, curves."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from diffusers.training_utils import EMAModel
from torch import nn
from tqdm import tqdm

from rediffuse.pipeline.resume import Checkpoint
from rediffuse.training.loop import Step


class TrainingRun:
    """All that changes while a network is trained, so that it can be saved and taken up again.

    Attributes:
        losses: the loss of every step done.
        extra: what the caller wants saved beside, tensors and plain numbers only.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: nn.Module,  # prepared
        optimizers: Sequence[torch.optim.Optimizer],  # prepared
        checkpoint: Checkpoint,
        ema: EMAModel | None = None,
    ) -> None:
        self.accelerator, self.model, self.optimizers = accelerator, model, list(optimizers)
        self.checkpoint, self.ema = checkpoint, ema
        self.losses: list[float] = []
        self.extra: dict[str, Any] = {}

    def resume(self) -> int:
        """Take up the saved state, if there is one; the number of steps that are done."""
        state = self.checkpoint.load()
        if state is not None:
            self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            if self.ema is not None:
                self.ema.load_state_dict(state["ema"])
            self.losses, self.extra = state["losses"], state["extra"]
        return len(self.losses)

    def follow(self, steps: Iterator[Step], total: int, checkpoint_every: int, label: str) -> Iterator[Step]:
        """Yield each step once its loss and the averaged weights are taken down.

        A checkpoint is written after the caller has dealt with the step, so what the caller keeps
        in ``extra`` belongs to the same step as the weights.
        """
        main = self.accelerator.is_main_process
        with tqdm(
            total=total, initial=len(self.losses), desc=label, unit="step", disable=None if main else True
        ) as bar:
            for step in steps:
                self.losses.append(float(self.accelerator.reduce(step.loss, reduction="mean")))
                if self.ema is not None:
                    self.ema.step(self.model.parameters())
                bar.update()
                bar.set_postfix(loss=f"{self.losses[-1]:.4f}", refresh=False)
                yield step
                if main and step.index % checkpoint_every == 0 and step.index < total:
                    self.save()

    def save(self) -> None:
        """Write the checkpoint."""
        self.checkpoint.save(
            {
                "model": self.accelerator.unwrap_model(self.model).state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "ema": self.ema.state_dict() if self.ema is not None else None,
                "losses": self.losses,
                "extra": self.extra,
            }
        )


def make_ema(model: nn.Module, decay: float) -> EMAModel:
    """Averaged weights whose decay rises with the steps up to ``decay``, so that the start is soon forgotten."""
    return EMAModel(model.parameters(), decay=decay, use_ema_warmup=True, inv_gamma=1.0, power=0.75, foreach=True)


Network = TypeVar("Network", bound=nn.Module)


def averaged(model: Network, ema: EMAModel) -> Network:
    """A copy of the network that holds the averaged weights."""
    twin = copy.deepcopy(model)
    ema.copy_to(twin.parameters())
    return twin


def write_curve(folder: Path, losses: list[float], every: int) -> None:
    """Log the mean loss of each ``every`` steps with DVCLive into ``folder``.

    The curve is written from the whole history, so a resumed run leaves the same bytes.
    """
    from dvclive import Live  # imports half of DVC, which only the end of a training needs

    with Live(str(folder), dvcyaml=None, save_dvc_exp=False, report=None) as live:
        for start in range(0, len(losses), every):
            window = losses[start : start + every]
            live.step = start + len(window)
            live.log_metric("loss", sum(window) / len(window))
