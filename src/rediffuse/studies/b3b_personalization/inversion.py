"""A new word for what a few pictures show: textual inversion (Gal et al. 2022, arXiv 2208.01618, eq. 2).

Only the embedding of the new word is learned. It is a parameter of its own, set beside the frozen rows of the text
encoder's table, so no other row can change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.func import functional_call

from rediffuse.diffusion.objectives import denoising_loss, noisy_timesteps
from rediffuse.models.attention import set_attention
from rediffuse.models.half_precision import GradientScale
from rediffuse.models.text2image.model import TextToImage, assemble
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3b_personalization.params import InversionSection
from rediffuse.training.curves import LIVE
from rediffuse.training.fit import fit
from rediffuse.training.loop import batch_indices
from rediffuse.training.run import Plan, TrainingRun
from rediffuse.training.shared_params import Pace

FILE = "learned_embeds.safetensors"  # as diffusers' own training script names it


@dataclass(frozen=True, eq=False)
class InversionData:
    """What a word is learned from.

    Attributes:
        latents: of N pictures, as the denoiser knows them, float32 [N, C, h, w].
        weights: of the loss at each place, float32 [N, 1, h, w].
        texts: a caption for each of ``rows`` pictures, with the new word in it; pure in its two arguments.
    """

    latents: Tensor
    weights: Tensor
    texts: Callable[[Tensor, torch.Generator], list[str]]


@dataclass(frozen=True, eq=False)
class Learned:
    """A word that was learned.

    Attributes:
        embeddings: [D] by step, where the training was looked at: the first before any step, the last at the end.
        losses: of every step.
    """

    embeddings: dict[int, Tensor]
    losses: list[float]

    @property
    def first(self) -> Tensor:
        """The initial word's embedding, [D]."""
        return next(iter(self.embeddings.values()))

    @property
    def last(self) -> Tensor:
        """The word's own, [D]."""
        return next(reversed(self.embeddings.values()))


class Word(nn.Module):
    """The embedding of one word, [D], as the only thing that is trained."""

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.embedding = nn.Parameter(start.detach().clone().float())


def single_token(model: TextToImage, word: str, key: str) -> int:
    """The token of a word that is one.

    Raises:
        InputError: it is several, or unknown; ``key`` is the parameter that says it.
    """
    tokenizer = model.pipeline.tokenizer
    tokens = tokenizer(word, add_special_tokens=False).input_ids
    if len(tokens) != 1 or tokens[0] == tokenizer.unk_token_id:
        raise InputError(
            f"{key}: found {word!r}, which is {len(tokens)} tokens or unknown; expected a word of one token"
        )
    return int(tokens[0])


def check_new(model: TextToImage, word: str) -> None:
    """Check that a word is new to the model.

    Raises:
        InputError: the tokenizer knows it already.
    """
    tokenizer = model.pipeline.tokenizer
    tokens = tokenizer(word, add_special_tokens=False).input_ids
    if len(tokens) == 1 and tokens[0] != tokenizer.unk_token_id:
        raise InputError(f"word {word!r}: the tokenizer knows it already; expected a new one such as '<new1>'")


def with_words(model: TextToImage, embeddings: dict[str, Tensor]) -> TextToImage:
    """A copy of the model that knows the words, each by its embedding [D]; autoencoder and U-Net are shared.

    Raises:
        InputError: the tokenizer knows one of them already.
    """
    own = model.pipeline
    tokenizer, encoder = copy.deepcopy(own.tokenizer), copy.deepcopy(own.text_encoder)
    for word in embeddings:
        check_new(model, word)
        tokenizer.add_tokens([word])
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table: Any = encoder.get_input_embeddings().weight
    with torch.no_grad():
        for word, embedding in embeddings.items():
            table[tokenizer.convert_tokens_to_ids(word)] = embedding.to(table)
    encoder.requires_grad_(False)
    pipeline = assemble(own.vae, own.unet, (tokenizer, encoder), own.scheduler)
    pipeline.set_progress_bar_config(disable=True)
    return replace(model, pipeline=pipeline)


def embeddings_of(model: TextToImage) -> Tensor:
    """The text encoder's table, a row for each token, [V, D]."""
    table: Any = model.pipeline.text_encoder.get_input_embeddings().weight
    return table.detach()


def learn_word(
    accelerator: Accelerator,
    model: TextToImage,
    word: str,
    initial: int,
    data: InversionData,
    section: InversionSection,
    seed: int,
) -> Learned:
    """Learn a word's embedding.

    Args:
        initial: the token whose embedding the word starts from.
    """
    start = embeddings_of(model)[initial]
    learner, known = Word(start).to(model.device), with_words(model, {word: start})
    evaluated = {round(step) for step in torch.linspace(0, section.steps, section.num_evaluations).tolist()}
    found = {0: learner.embedding.detach().clone().cpu()}

    def keep(step: int, _: TrainingRun) -> None:
        if step in evaluated:
            found[step] = learner.embedding.detach().clone().cpu()

    plan = Plan(
        label=word,
        pace=Pace(section.steps, section.warmup),
        log_every=section.log_every,
        live=LIVE / "personalize" / word.strip("<>"),
    )
    processors = model.pipeline.unet.attn_processors
    set_attention(model.pipeline.unet, model.device)
    trained = fit(
        accelerator,
        learner,
        [torch.optim.AdamW(learner.parameters(), lr=section.learning_rate, weight_decay=0.0)],
        lambda step: word_batch(known, word, data, section, seed, step),
        lambda network, batch: word_loss(network, known, word, batch),
        plan,
        after_step=keep,
    )
    model.pipeline.unet.set_attn_processor(processors)
    return Learned(found, trained.losses)


class Batch(NamedTuple):
    """What a step learns from.

    Attributes:
        x_0, noise: float32 [B, C, h, w].
        timesteps: int64 [B].
        weights: of the loss at each place, float32 [B, 1, h, w].
        texts: captions with the word.
    """

    x_0: Tensor
    noise: Tensor
    timesteps: Tensor
    weights: Tensor
    texts: list[str]


def word_batch(
    model: TextToImage, word: str, data: InversionData, section: InversionSection, seed: int, step: int
) -> Batch:
    """The batch of a step, a pure function of the step."""
    random = generator(seed, f"word {word}", step)
    chosen = batch_indices(step, section.batch_size, len(data.latents), seed)
    x_0 = data.latents[chosen]
    noise = torch.randn(x_0.shape, generator=random)
    timesteps = noisy_timesteps(section.batch_size, model.schedule.alphas_cumprod, section.timestep_power, random)
    return Batch(x_0, noise, timesteps, data.weights[chosen], data.texts(chosen, random))


def word_loss(learner: nn.Module, model: TextToImage, word: str, batch: Batch) -> Tensor:
    """The loss that the model was trained with, of a batch, a function of the word's embedding."""
    unet = model.pipeline.unet
    x_0, noise, timesteps, weights, texts = batch
    embedding: Any = learner.embedding
    scale = GradientScale(unet.dtype)
    states = states_with(scale.enter(embedding), model, word, texts).to(unet.dtype)

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        return scale.leave(unet(x_t, t, encoder_hidden_states=states).sample.float())

    return denoising_loss(denoise, x_0, noise, timesteps, model.schedule, "uniform", model.device, weights)


def states_with(embedding: Tensor, model: TextToImage, word: str, texts: Sequence[str]) -> Tensor:
    """The text states [B, L, D] as a differentiable function of the word's embedding, [D]."""
    tokenizer, encoder = model.pipeline.tokenizer, model.pipeline.text_encoder
    tokens = tokenizer(
        list(texts), padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt"
    ).input_ids
    table: Any = encoder.get_input_embeddings().weight
    name = next(key for key, value in encoder.named_parameters() if value is table)
    place = tokenizer.convert_tokens_to_ids(word)
    row = embedding.to(table)[None]
    whole = torch.cat([table[:place], row, table[place + 1 :]])
    called: Any = functional_call(encoder, {name: whole}, kwargs={"input_ids": tokens.to(model.device)})
    states: Tensor = called.last_hidden_state
    return states


def save_word(folder: Path, word: str, embedding: Tensor) -> None:
    """Write ``folder``/learned_embeds.safetensors, which ``load_textual_inversion`` of diffusers reads."""
    folder.mkdir(parents=True)
    save_file({word: embedding.contiguous()}, folder / FILE)
