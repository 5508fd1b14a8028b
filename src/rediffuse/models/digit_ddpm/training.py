"""Training the conditional DDPM of the digits, and choosing the checkpoint that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.digits.tensors import DigitTensors, to_unit
from rediffuse.diffusion.objectives import add_noise, diffusion_loss, stratified_timesteps
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.digit_classifier.model import DigitClassifier, read
from rediffuse.models.digit_ddpm.condition import condition, drop
from rediffuse.models.digit_ddpm.model import DigitModel, each_digit
from rediffuse.models.digit_ddpm.network import DigitUNet
from rediffuse.models.digit_ddpm.params import Params, SelectionSection
from rediffuse.pipeline.compute import generator
from rediffuse.training.loop import Step, batch_indices, train


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


def is_edge(name: str) -> bool:
    """Whether a weight of the U-Net is of its first or last layer or of an embedding."""
    return name.startswith(("conv_in", "conv_out", "time_embedding", "condition_embedding"))


def train_ddpm(
    accelerator: Accelerator,
    unet: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    schedule: NoiseSchedule,
    data: DigitTensors,
    params: Params,
    done: int = 0,
) -> Iterator[Step]:
    """Train from step ``done`` on (Ho et al. 2020, algorithm 1, with the condition dropped at random).

    Each process draws the whole batch's rows, noise and timesteps and takes its own share of
    them, so that the mean of all gradients is that of one process alone.
    """
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    device = accelerator.device

    def loss_at(model: nn.Module, step: int) -> Tensor:
        x_0, noise, timesteps, rows = (part[share] for part in training_batch(data, schedule, params, step))
        alphas_cumprod = schedule.alphas_cumprod[timesteps]
        x_t = add_noise(x_0, noise, alphas_cumprod)
        output = model(x_t.to(device), timesteps.to(device), rows.to(device))
        error = diffusion_loss(output, x_0.to(device), noise.to(device), timesteps, schedule, params.weighting)
        return error.mean()

    return train(accelerator, unet, optimizers, loss_at, params.pace, done)


def training_batch(
    data: DigitTensors, schedule: NoiseSchedule, params: Params, step: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x_0, ε [B, 3, 28, 28], t [B] and conditions [B, D] of a step, a pure function of the step."""
    random = generator(params.seed, "batch", step)
    chosen = batch_indices(step, params.batch_size, len(data), params.seed)
    x_0 = to_unit(data.images[chosen])
    noise = torch.randn(x_0.shape, generator=random)
    timesteps = stratified_timesteps(params.batch_size, schedule.num_train_timesteps, random)
    rows = condition(data.digits[chosen], data.sets[chosen], len(data.names))
    return x_0, noise, timesteps, drop(rows, params.drop_condition, random)


def score(model: DigitModel, selector: DigitClassifier, selection: SelectionSection, seed: int) -> float:
    """Share of few-step samples that the selector reads as the digit that was asked for.

    The noises are those of seed set A ("selection"); what is reported later is drawn from others.
    """
    digits, sets = each_digit(selection.images_per_digit, model.num_sets)
    images = model.draw(digits, sets, selection.sampler, selection.guidance_scale, seed, study="selection")
    probabilities, _ = read(selector, images)
    return float((probabilities.argmax(dim=1) == digits).double().mean())
