"""Contrastive training of CLIP (Radford et al. 2021, arXiv 2103.00020)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from transformers import CLIPModel, CLIPTokenizer

from rediffuse import stage
from rediffuse.clip.model import make_clip, pixel_values, save_clip, token_ids
from rediffuse.clip.tokenizer import train_tokenizer
from rediffuse.compute import generator, make_accelerator
from rediffuse.data.captions import captions, tokenizer_texts
from rediffuse.data.composing import Recipe, compose, draw_recipe
from rediffuse.data.pictures import PictureSet
from rediffuse.diffusion.optimizers import make_optimizers
from rediffuse.diffusion.run import TrainingRun, write_curve
from rediffuse.diffusion.training import Step, train
from rediffuse.errors import InputError
from rediffuse.params.train_clip import Params
from rediffuse.pictures.augmentation import augmented
from rediffuse.pictures.batches import ThingSampler
from rediffuse.resume import Checkpoint

MAX_LOGIT_SCALE = math.log(100)  # section 2.5: "clipped to prevent scaling the logits by more than 100"

EASY_SIZE = 0.9  # side of a drawing that is easy to read, of the picture's
PARTS = 4  # parts of a batch whose texts are padded alike


def contrastive_loss(image_embeds: Tensor, text_embeds: Tensor, logit_scale: Tensor) -> Tensor:
    """Symmetric cross-entropy over the cosines of all pairs (figure 3).

    Args:
        image_embeds: [B, D], of any norm; picture i belongs to text i and to no other.
        text_embeds: [B, D], likewise.
        logit_scale: scalar, the logarithm of the inverse temperature.

    Returns:
        a scalar: the mean of the loss of choosing the text for each picture and of choosing the
        picture for each text.
    """
    cosines = F.normalize(image_embeds, dim=-1) @ F.normalize(text_embeds, dim=-1).T  # [B, B]
    logits = cosines * logit_scale.exp()
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def train_clip(name: str, pictures: PictureSet, params: Params, folder: str) -> None:
    """Train tokenizer and CLIP on the pictures that CLIP may see, and save them in ``folder``.

    Args:
        name: the stage, and so the folder of its curve.

    Raises:
        InputError: the batch is larger than there are things, or a caption longer than the text tower takes.
    """
    accelerator = make_accelerator(params.device)
    tokenizer = train_tokenizer(tokenizer_texts(pictures), params.text.vocab_size, params.text.max_position_embeddings)
    clip = make_clip(params, tokenizer).to(accelerator.device)
    model, *optimizers = accelerator.prepare(clip, *make_optimizers(clip, params.optimizer, is_edge))
    checkpoint = Checkpoint.of_stage(name, params)
    run = TrainingRun(accelerator, model, optimizers, checkpoint)
    done = run.resume()
    batches = ClipBatches(pictures, tokenizer, params)
    for _ in run.follow(
        clip_steps(accelerator, model, optimizers, batches, params, done),
        params.steps,
        params.checkpoint_every,
        "clip",
    ):
        with torch.no_grad():
            clip.logit_scale.clamp_(max=MAX_LOGIT_SCALE)
    with stage.new_folder(folder) as model_folder, stage.new_folder(f"plots/{name}") as curve:
        save_clip(Path(model_folder), accelerator.unwrap_model(model), tokenizer)
        write_curve(curve, run.losses, params.log_every)
    checkpoint.remove()


class ClipBatches:
    """The batches of CLIP's training, each a pure function of its step.

    No two pictures of a batch show the same thing, so that every other text of the batch is a
    wrong one.

    Raises:
        InputError: the batch is larger than there are things.
    """

    def __init__(self, pictures: PictureSet, tokenizer: CLIPTokenizer, params: Params) -> None:
        rows = pictures.rows("clip", "train")
        self.pictures, self.tokenizer, self.params = pictures, tokenizer, params
        self.sampler = ThingSampler(rows, pictures.thing[rows])
        if params.batch_size > self.sampler.count:
            raise InputError(
                f"train_clip.batch_size: found {params.batch_size}, allowed at most {self.sampler.count}, "
                "the number of things to train on"
            )

    def at(self, step: int) -> tuple[Tensor, list[Tensor]]:
        """Pixel values float32 [B, 3, H, W] and token indices of ``step``, shortest texts first.

        The token indices come in parts of int64 [B / PARTS, L], each padded to its own longest
        text: few texts are long, and all would be padded to them.
        """
        params = self.params
        random = generator(params.seed, "clip", step)
        drawings = self.sampler.distinct(params.batch_size, random)
        drawn = draw_recipe(self.pictures, drawings, random, side="train", defects=params.defects)
        ease = easing(step, params.easy * params.steps)
        recipe = made_easy(drawn, ease)
        rows = token_ids(self.tokenizer, captions(self.pictures, recipe, random))
        lengths = (rows != self.tokenizer.eos_token_id).sum(1) + 1
        order = torch.argsort(lengths, stable=True)
        parts = [rows[part, : int(lengths[part[-1]])] for part in order.chunk(PARTS)]
        composed = compose(self.pictures, recipe, params.vision.image_size, "train")
        plain = composed / 255
        seen = plain + (1 - ease) * (augmented(composed, params.augmentation, random) - plain)
        return pixel_values(seen[order]), parts


def easing(step: int, easy_steps: float) -> float:
    """How easy the pictures of a step are made: 1 at the start, falling evenly to 0 at ``easy_steps``."""
    return max(0.0, 1 - step / easy_steps) if easy_steps else 0.0


def made_easy(recipe: Recipe, ease: float) -> Recipe:
    """A recipe whose drawings are larger, nearer to the middle and more upright, by a share ``ease`` of the way."""

    def towards(values: Tensor, goal: float) -> Tensor:
        return values + ease * (goal - values)

    return replace(
        recipe,
        size=towards(recipe.size, EASY_SIZE),
        x=towards(recipe.x, 0.5),
        y=towards(recipe.y, 0.5),
        angle=towards(recipe.angle, 0.0),
    )


def clip_steps(
    accelerator: Accelerator,
    model: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    batches: ClipBatches,
    params: Params,
    done: int = 0,
) -> Iterator[Step]:
    """Train by the contrastive loss from step ``done`` on."""

    def loss_at(model: nn.Module, step: int) -> Tensor:
        clip: CLIPModel = accelerator.unwrap_model(model)
        pixels, parts = batches.at(step)
        images = clip.get_image_features(pixel_values=pixels.to(accelerator.device)).pooler_output
        texts = [clip.get_text_features(input_ids=part.to(accelerator.device)).pooler_output for part in parts]
        with torch.autocast(accelerator.device.type, enabled=False):  # cosines times 100 want more than 8 bits
            return contrastive_loss(images.float(), torch.cat(texts).float(), clip.logit_scale)

    return train(
        accelerator,
        model=model,
        optimizers=optimizers,
        loss_at=loss_at,
        steps=params.steps,
        done=done,
        warmup=params.warmup,
        max_grad_norm=params.max_grad_norm,
    )


def is_edge(name: str) -> bool:
    """Whether a weight of a CLIPModel is of its first or last layers: embeddings and projections."""
    return "embedding" in name or "projection" in name
