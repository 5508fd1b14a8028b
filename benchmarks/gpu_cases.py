"""Trainings that ``make gpu-check`` measures: networks, batches and losses of the pipeline, data that need no stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.composing import draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.clip import training as clip
from rediffuse.models.clip.params import Params as ClipParams
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.digit_ddpm import training as digit_ddpm
from rediffuse.models.digit_ddpm.params import Params as DigitParams
from rediffuse.models.text2image import unet as text2image
from rediffuse.models.text2image.latents import LatentSet
from rediffuse.models.text2image.params import Params as TextToImageParams
from rediffuse.models.text2image.text_states import KnownStates
from rediffuse.training.optimizers import make_optimizers

TEXT_LENGTH = 48


@dataclass(frozen=True, eq=False)
class Case:
    """A training as ``fit`` takes it.

    Attributes:
        batch_size: images a step.
        ema_decay: None where weights are not averaged.
    """

    network: nn.Module
    optimizers: list[torch.optim.Optimizer]
    batch_at: Callable[[int], Any]
    loss_of: Callable[[nn.Module, Any], Tensor]
    batch_size: int
    ema_decay: float | None = None


def digit_case(params: DigitParams, device: torch.device) -> Case:
    """The DDPM of the digits on random images."""
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (4096, 3, 28, 28), generator=random, dtype=torch.uint8)
    data = DigitTensors(images, torch.arange(4096) % 10, torch.arange(4096) // 10 % 2, ["mnistm", "street"])
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    unet = digit_ddpm.make_unet(params, num_sets=2).to(device)
    return Case(
        unet,
        make_optimizers(unet, params.optimizer, digit_ddpm.INPUT_OR_OUTPUT),
        lambda step: digit_ddpm.training_batch(data, schedule, params, step),
        lambda model, batch: digit_ddpm.ddpm_loss(model, batch, schedule, params, device),
        params.batch_size,
        params.ema_decay,
    )


def text2image_case(pictures: PictureSet, params: TextToImageParams, width: int, device: torch.device) -> Case:
    """The denoiser on random latents and random states of texts, ``width`` numbers a token."""
    random = torch.Generator().manual_seed(0)
    count, side = 1024, params.image_size // params.autoencoder.factor
    latents = torch.randn(count, params.autoencoder.latent_channels, side, side, generator=random)
    texts = [f"text {index}" for index in range(count)]
    recipe = draw_recipe(pictures, pictures.rows("clip", "train")[:1].expand(count), random, side="train")
    learned = LatentSet(latents, recipe, texts, torch.ones(count, 1, side, side))
    known = KnownStates(lambda part: torch.randn(len(part), TEXT_LENGTH, width, generator=random).to(device), texts)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    unet = text2image.make_unet(params, width).to(device)
    return Case(
        unet,
        make_optimizers(unet, params.optimizer, text2image.INPUT_OR_OUTPUT),
        lambda step: known.located(text2image.unet_batch(learned, schedule, params, step)),
        lambda model, batch: text2image.unet_loss(model, batch, schedule, known.at, params, device),
        params.batch_size,
        params.ema_decay,
    )


def clip_case(pictures: PictureSet, params: ClipParams, device: torch.device) -> Case:
    """CLIP on the pictures of the pipeline."""
    tokenizer = train_tokenizer(tokenizer_texts(pictures), params.text.vocab_size, params.text.max_position_embeddings)
    learner = clip.make_learner(params, tokenizer, len(pictures.things)).to(device)
    scale = learner.clip.logit_scale
    return Case(
        learner,
        make_optimizers(learner, params.optimizer, clip.INPUT_OR_OUTPUT),
        clip.ClipBatches(pictures, tokenizer, params).at,
        lambda model, batch: clip.learning_loss(model, batch.to(device), scale, params.class_loss_weight),
        params.batch_size,
    )
