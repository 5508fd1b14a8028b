"""Training the conditional DDPM of the digits, and choosing the checkpoint that is kept."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.digits.tensors import DigitTensors, load_split
from rediffuse.data.pixels import to_unit
from rediffuse.diffusion.objectives import denoising_loss, stratified_timesteps
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.digit_classifier.model import DigitClassifier, SelectorNet, load_reader, read
from rediffuse.models.digit_ddpm.condition import condition, drop
from rediffuse.models.digit_ddpm.model import DigitModel, each_digit
from rediffuse.models.digit_ddpm.network import DigitUNet
from rediffuse.models.digit_ddpm.params import Params, SelectionSection
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.training.fit import AfterStep, Trained, fit, plan_training, save_trained
from rediffuse.training.loop import batch_indices
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan, TrainingRun

INPUT_OR_OUTPUT = ("conv_in", "conv_out", "time_embedding", "condition_embedding")  # first and last layers, embeddings


def make_unet(params: Params, num_sets: int) -> DigitUNet:
    """The untrained network; its weights depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(params.seed)
        unet = DigitUNet(
            **params.network.model_dump(),
            condition_dim=NUM_DIGITS + num_sets,
            num_train_timesteps=params.schedule.num_train_timesteps,
        )
    return unet.to(memory_format=torch.channels_last)


def train_digit_ddpm(name: str, params: Params, folder: str) -> None:
    """Train the DDPM and save its best candidate in ``folder``.

    Args:
        name: the stage, and so the folder of its curve.
    """
    accelerator = make_accelerator(params.device)
    plan = plan_training(accelerator, name, params, "DDPM of the digits")
    data = load_split("data/digits", "train")
    selector = load_reader(SelectorNet, "models/digit_selector", accelerator.device)
    scheduler = make_scheduler(params.schedule)

    def choose(step: int, run: TrainingRun) -> None:
        if step in params.candidate_steps() and accelerator.is_main_process:
            keep_best(run, step, NoiseSchedule.of(scheduler), selector, params)

    trained = fit_ddpm(accelerator, data, NoiseSchedule.of(scheduler), params, plan, choose)

    def save(path: Path) -> None:
        trained.network.load_state_dict(trained.extra["weights"])
        print(f"kept: step {trained.extra['step']}")
        trained.network.save_pretrained(path / "unet")
        scheduler.save_pretrained(path / "scheduler")

    save_trained(accelerator, name, folder, save, trained)


def fit_ddpm(
    accelerator: Accelerator,
    data: DigitTensors,
    schedule: NoiseSchedule,
    params: Params,
    plan: Plan,
    after_step: AfterStep | None = None,
) -> Trained[DigitUNet]:
    """Train the network; its weights are averaged."""
    unet = make_unet(params, num_sets=len(data.names)).to(accelerator.device)
    return fit(
        accelerator,
        unet,
        make_optimizers(unet, params.optimizer, INPUT_OR_OUTPUT),
        lambda step: training_batch(data, schedule, params, step),
        lambda model, batch: ddpm_loss(model, batch, schedule, params, accelerator.device),
        plan,
        ema_decay=params.ema_decay,
        after_step=after_step,
    )


def ddpm_loss(
    model: nn.Module,
    batch: tuple[Tensor, Tensor, Tensor, Tensor],  # as ``training_batch`` gives it
    schedule: NoiseSchedule,
    params: Params,
    device: torch.device,
) -> Tensor:
    """The diffusion loss of a batch, a scalar on ``device``, which is the network's."""
    x_0, noise, timesteps, rows = batch

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        output: Tensor = model(x_t, t, rows.to(device))
        return output

    return denoising_loss(denoise, x_0, noise, timesteps, schedule, params.weighting, device)


def training_batch(
    data: DigitTensors, schedule: NoiseSchedule, params: Params, step: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x_0, ε [B, 3, 28, 28], t [B] and conditions [B, D] of a step, a pure function of the step.

    Conditions are dropped at random, for guidance.
    """
    random = generator(params.seed, "batch", step)
    chosen = batch_indices(step, params.batch_size, len(data), params.seed)
    x_0 = to_unit(data.images[chosen])
    noise = torch.randn(x_0.shape, generator=random)
    timesteps = stratified_timesteps(params.batch_size, schedule.num_train_timesteps, random)
    rows = condition(data.digits[chosen], data.sets[chosen], len(data.names))
    return x_0, noise, timesteps, drop(rows, params.drop_condition, random)


def keep_best(run: TrainingRun, step: int, schedule: NoiseSchedule, selector: DigitClassifier, params: Params) -> None:
    """Keep the averaged weights in ``run.extra`` where the selector classifies no earlier candidate better."""
    candidate = run.averaged()
    accuracy = score(DigitModel(candidate, schedule), selector, params.selection, params.seed)
    print(f"step {step}: the selector classifies {accuracy:.1%} of the samples correctly")
    if accuracy >= run.extra.get("accuracy", 0.0):
        run.extra = {"accuracy": accuracy, "step": step, "weights": candidate.state_dict()}


def score(model: DigitModel, selector: DigitClassifier, selection: SelectionSection, seed: int) -> float:
    """Share of few-step samples that the selector reads as the digit that was asked for.

    The noises are those of seed set A ("selection"); what is reported later is drawn from others.
    """
    digits, sets = each_digit(selection.images_per_digit, model.num_sets)
    images = model.draw(digits, sets, selection.sampler, selection.guidance_scale, seed, study="selection")
    probabilities, _ = read(selector, images)
    return float((probabilities.argmax(dim=1) == digits).double().mean())
