"""The entry of every training: loop, averaged weights, checkpoint, loss curve, several processes."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from rediffuse.pipeline import stage
from rediffuse.pipeline.errors import InputError
from rediffuse.training.batches import PrefetchedBatches
from rediffuse.training.captured import CapturedSteps, hold_rates, require_capturable
from rediffuse.training.curves import LIVE, write_curve
from rediffuse.training.ema import AveragedWeights, Network
from rediffuse.training.loop import Step, Update, follow_pace
from rediffuse.training.resume import Checkpoint
from rediffuse.training.run import Plan, TrainingRun
from rediffuse.training.shared_params import Pace, TrainingSection

Batch = TypeVar("Batch")

AfterStep = Callable[[int, TrainingRun], None]  # (steps done, run), called before the checkpoint is written

BATCH_NORM = "batch normalization takes its statistics from the whole batch"


class Length(Protocol):
    """Steps and batch of a training that is a part of a stage."""

    steps: int
    batch_size: int
    warmup: int


@dataclass(frozen=True, eq=False)
class Trained(Generic[Network]):
    """What a training gives.

    Attributes:
        network: with averaged weights where they are averaged.
        losses: of every step.
        extra: what ``after_step`` kept.
        plan: that it followed.
    """

    network: Network
    losses: list[float]
    extra: dict[str, Any]
    plan: Plan


def plan_training(
    accelerator: Accelerator,
    name: str,
    section: TrainingSection,
    label: str,
    *,
    part: str = "",
    length: Length | None = None,
    whole_batch: str = "",
) -> Plan:
    """The plan of a training of the stage ``name``.

    Args:
        section: of the stage.
        part: what is trained, where a stage has several trainings.
        length: of the part, where it is not the stage's own; it is the section ``part`` of the stage's.
        whole_batch: why the loss needs the whole batch in one process; empty where it is a mean over rows.

    Raises:
        InputError: the processes cannot share the batch.
    """
    if whole_batch:
        require_one_process(accelerator, whole_batch)
    count, sizes = accelerator.num_processes, length or section
    if sizes.batch_size % count:
        key = f"{name}.batch_size" if length is None else f"{name}.{part}.batch_size"
        raise InputError(f"{key}: found {sizes.batch_size}; allowed here are multiples of the {count} processes")
    return Plan(
        label=label,
        pace=Pace(sizes.steps, sizes.warmup, section.max_grad_norm),
        log_every=section.log_every,
        live=LIVE / name / part,
        checkpoint=Checkpoint.of_stage(name, section, run_key=f"{part} {count} processes"),
        checkpoint_every=section.checkpoint_every,
        part=part,
        captured=section.device == "cuda_graphs",
    )


def require_one_process(accelerator: Accelerator, reason: str) -> None:
    """Refuse to run in several processes.

    Raises:
        InputError: there are several.
    """
    if accelerator.num_processes > 1:
        raise InputError(
            f"found {accelerator.num_processes} processes, allowed 1, since {reason}; start it without torchrun"
        )


def fit(
    accelerator: Accelerator,
    network: Network,  # on its device, in its memory format
    optimizers: list[torch.optim.Optimizer],
    batch_at: Callable[[int], Batch],  # step -> batch; pure
    loss_of: Callable[[nn.Module, Batch], Tensor],  # (prepared network, batch) -> scalar loss
    plan: Plan,
    *,
    ema_decay: float | None = None,  # None: weights are not averaged
    after_step: AfterStep | None = None,
) -> Trained[Network]:
    """Train a network, from its checkpoint on where there is one.

    Each of several processes makes the whole batch and takes its own share of the rows. The mean of their gradients
    is the gradient of one process where the loss is a mean over rows and the shares are of one size, as
    ``plan_training`` checks. With dropout the processes draw masks of their own.
    """
    ema = None if ema_decay is None else AveragedWeights(network, ema_decay)
    model, *prepared = accelerator.prepare(network, *optimizers)
    run = TrainingRun(accelerator, model, prepared, plan, ema)
    update = Update(accelerator, model, prepared, plan.pace.max_grad_norm)
    run.scaler = update.scaler
    done = run.resume()

    def share_at(step: int) -> Batch:
        return own_share(batch_at(step), accelerator.process_index, accelerator.num_processes)

    with steps_of(accelerator, prepared, share_at, lambda batch: loss_of(model, batch), update, plan, done) as steps:
        for step in run.follow(steps):
            if after_step is not None:
                after_step(step.index, run)
    return Trained(network if ema is None else run.averaged(), run.losses, run.extra, plan)


@contextlib.contextmanager
def steps_of(
    accelerator: Accelerator,
    optimizers: list[torch.optim.Optimizer],  # prepared
    batch_at: Callable[[int], Batch],
    loss_of: Callable[[Batch], Tensor],
    update: Update,
    plan: Plan,
    done: int,
) -> Iterator[Iterator[Step]]:
    """The steps of a training: on a CPU as they come, on a GPU with batches made ahead, captured where the plan says.

    On a CPU the batch is made within autocast, as the published numbers were; a thread would take a core away.

    Raises:
        InputError: captured steps cannot run here.
    """
    if plan.captured:
        require_capturable(accelerator)
    if accelerator.device.type != "cuda":
        yield follow_pace(optimizers, lambda index: update(lambda: loss_of(batch_at(index))), plan.pace, done)
        return
    batches = PrefetchedBatches(batch_at, range(done, plan.pace.steps), accelerator.device)

    def update_by(batch: Batch) -> Tensor:
        return update(lambda: loss_of(batch))

    take_step: Callable[[Batch], Tensor] = update_by
    if plan.captured:
        hold_rates(optimizers, accelerator.device)
        take_step = CapturedSteps(update_by)
    try:
        yield follow_pace(optimizers, lambda index: take_step(batches(index)), plan.pace, done)
    finally:
        batches.close()


def own_share(batch: Any, index: int, count: int) -> Any:
    """The rows of process ``index`` of ``count``: every ``count``-th of each part of a batch.

    Args:
        batch: a tuple of tensors [B, …] and lists of B; anything where there is one process.
    """
    if count == 1:
        return batch
    parts = [part[index::count] for part in batch]
    return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)


def save_trained(
    accelerator: Accelerator,
    name: str,
    folder: str,
    save: Callable[[Path], None],
    *trained: Trained[Any],
) -> None:
    """Write model and curves of the stage ``name`` and forget its checkpoints; the main process alone does so.

    Args:
        folder: of the model, which ``save`` fills.
    """
    accelerator.wait_for_everyone()
    if not accelerator.is_main_process:
        return
    with stage.new_folder(folder) as model_folder, stage.new_folder(f"plots/{name}") as plots:
        save(model_folder)
        for one in trained:
            write_curve(plots / one.plan.part, one.losses, one.plan.log_every)
    for one in trained:
        if one.plan.checkpoint is not None:
            one.plan.checkpoint.remove()
    shutil.rmtree(LIVE / name, ignore_errors=True)
