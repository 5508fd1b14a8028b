"""Contrastive training of CLIP (Radford et al. 2021, arXiv 2103.00020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from transformers import CLIPModel, CLIPTokenizer

from rediffuse.data.picture_batches.augmentation import augmented
from rediffuse.data.picture_batches.sampling import ThingSampler
from rediffuse.data.pictures.captions import captions, tokenizer_texts
from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.attention import set_attention
from rediffuse.models.clip.masking import kept_patches, masked_image_embeds
from rediffuse.models.clip.network import make_clip, pixel_values, save_clip, token_ids
from rediffuse.models.clip.params import Params, SamplingWeightsSection
from rediffuse.models.clip.tokenizer import train_tokenizer
from rediffuse.models.convolution import set_convolutions
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.training.fit import Trained, fit, plan_training, save_trained
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan

INPUT_OR_OUTPUT = ("embedding", "projection", "reader")  # embeddings and last layers
MAX_LOGIT_SCALE = math.log(100)  # section 2.5: "clipped to prevent scaling the logits by more than 100"

PARTS = 4  # parts of a batch whose texts are padded alike
NAMING_SCALE = 16.0  # inverse temperature of the reader of things, which reads embeddings of unit length


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


class Learner(nn.Module):
    """A CLIP, and a linear reader of things that sits on its pictures' embeddings while it learns.

    Naming one thing among all is a sharper lesson than telling a few captions apart, and one that costs no
    text: the reader teaches the picture tower (as UniCL joins labels and captions, Yang et al. 2022,
    arXiv 2204.03610), the captions tie the words to it. The reader is dropped at the end.

    Args:
        width: of CLIP's embeddings.
        things: how many things there are.
    """

    def __init__(self, clip: CLIPModel, width: int, things: int) -> None:
        super().__init__()
        self.clip = clip
        self.reader = nn.Linear(width, things, bias=False)

    def forward(self, pixels: Tensor, parts: Sequence[Tensor], kept: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Embeddings of pictures [B, D] and of texts [C, D], of unit length, and what the reader says of both.

        The last are logits of things [B + C, T]. ``kept`` are the patches that are shown of each picture, all
        where it is None.
        """
        if kept is None:
            features = self.clip.get_image_features(pixel_values=pixels).pooler_output
        else:
            features = masked_image_embeds(self.clip, pixels, kept)
        images = F.normalize(features.float(), dim=-1)
        texts = torch.cat([self.clip.get_text_features(input_ids=part).pooler_output for part in parts])
        texts = F.normalize(texts.float(), dim=-1)
        return images, texts, NAMING_SCALE * self.reader(torch.cat([images, texts])).float()


def make_learner(params: Params, tokenizer: CLIPTokenizer, things: int) -> Learner:
    """An untrained learner, its weights a pure function of the arguments."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        return Learner(make_clip(params, tokenizer), params.projection_dim, things)


def train_clip(name: str, pictures: PictureSet, params: Params, folder: str) -> None:
    """Train tokenizer and CLIP on the pictures that CLIP may see, and save them in ``folder``.

    Args:
        name: the stage, and so the folder of its curve.

    Raises:
        InputError: more pictures are captioned than there are things, or a caption longer than the text tower takes.
    """
    accelerator = make_accelerator(params.device)
    plan = plan_training(
        accelerator, name, params, "clip", whole_batch="each picture is compared with all texts of the batch"
    )
    learner, tokenizer, trained = fit_clip(accelerator, pictures, params, plan)
    save_trained(accelerator, name, folder, lambda path: save_clip(path, learner.clip, tokenizer), trained)


def fit_clip(
    accelerator: Accelerator, pictures: PictureSet, params: Params, plan: Plan
) -> tuple[Learner, CLIPTokenizer, Trained[Learner]]:
    """Train tokenizer and CLIP by a plan on the pictures that CLIP may see.

    Raises:
        InputError: as ``train_clip``.
    """
    tokenizer = train_tokenizer(tokenizer_texts(pictures), params.text.vocab_size, params.text.max_position_embeddings)
    batches = ClipBatches(pictures, tokenizer, params)
    learner = make_learner(params, tokenizer, len(pictures.things)).to(accelerator.device)
    set_attention(learner.clip, accelerator.device)
    set_convolutions(learner.clip, accelerator.device)

    def loss_of(model: nn.Module, batch: Batch) -> Tensor:
        return learning_loss(model, batch.to(accelerator.device), learner.clip.logit_scale, params.class_loss_weight)

    @torch.no_grad()
    def clip_temperature(*_: object) -> None:
        learner.clip.logit_scale.clamp_(max=MAX_LOGIT_SCALE)

    optimizers = make_optimizers(learner, params.optimizer, INPUT_OR_OUTPUT)
    trained = fit(accelerator, learner, optimizers, batches.at, loss_of, plan, after_step=clip_temperature)
    return learner, tokenizer, trained


class ClipBatches:
    """The batches of CLIP's training, each a pure function of its step.

    No two captioned pictures of a batch show the same thing, so that every other text is a wrong one. Those that
    are only named may: so the things that matter most come oftener than once a batch.

    Raises:
        InputError: more pictures of a batch are captioned than there are things.
    """

    def __init__(self, pictures: PictureSet, tokenizer: CLIPTokenizer, params: Params) -> None:
        rows = pictures.rows("clip", "train")
        self.pictures, self.tokenizer, self.params = pictures, tokenizer, params
        self.sampler = ThingSampler(
            rows, pictures.thing[rows], drawing_weights(pictures, params.sampling_weights)[rows]
        )
        if params.captions > self.sampler.count:
            raise InputError(
                f"train_clip.captions: found {params.captions}, allowed at most {self.sampler.count}, "
                "the number of things to train on"
            )

    def at(self, step: int) -> Batch:
        """The batch of ``step``."""
        params = self.params
        random = generator(params.seed, "clip", step)
        captioned = self.sampler.distinct(params.captions, random)
        named = self.sampler.freely(params.batch_size - params.captions, random)
        drawings = torch.cat([captioned, named])
        recipe = draw_recipe(self.pictures, drawings, random, side="train", defects=params.defects)
        rows = token_ids(self.tokenizer, captions(self.pictures, recipe[: params.captions], random))
        lengths = (rows != self.tokenizer.eos_token_id).sum(1) + 1
        order = torch.argsort(lengths, stable=True)
        if params.device == "cuda_graphs":  # a graph takes texts of one length
            longest = params.text.max_position_embeddings
            rows = F.pad(rows, (0, longest - rows.shape[1]), value=self.tokenizer.eos_token_id)
            parts = [rows[order]]
        else:
            parts = [rows[part, : int(lengths[part[-1]])] for part in order.chunk(PARTS)]
        order = torch.cat([order, torch.arange(len(rows), len(drawings))])
        composed = compose(self.pictures, recipe, params.vision.image_size, "train")
        seen = augmented(composed, params.augmentation, random)
        kept = self._kept(step, random)
        return Batch(pixel_values(seen[order]), parts, self.pictures.thing[drawings[order]], kept)

    def _kept(self, step: int, random: torch.Generator) -> Tensor | None:
        """The patches that are shown of each picture of a step; None for all."""
        masking, vision = self.params.masking, self.params.vision
        if not masking.ratio or step >= round(self.params.steps * (1 - masking.unmasked)):
            return None
        return kept_patches(self.params.batch_size, vision.image_size // vision.patch_size, masking.ratio, random)


def drawing_weights(pictures: PictureSet, section: SamplingWeightsSection) -> Tensor:
    """How often each drawing of the set is drawn, float [N]."""
    often = torch.ones(len(pictures.thing))
    for names, factor in ((pictures.classes, section.classes), (pictures.animals, section.animals)):
        among = torch.tensor([pictures.things.index(name) for name in names])
        often = torch.where(torch.isin(pictures.thing, among), factor * often, often)
    return often


@dataclass(frozen=True)
class Batch:
    """What a step learns from.

    Attributes:
        pixels: float32 [B, 3, H, W]; the first C are captioned, those of the shortest captions first.
        parts: token indices of the captions, parts of int64 [C / PARTS, L], each padded to its own
            longest text: few texts are long, and all would be padded to them. Where steps are captured,
            one part that is padded to the longest allowed text.
        things: int64 [B], what each picture shows.
        kept: int64 [B, K], the patches that are shown of each picture; None for all.
    """

    pixels: Tensor
    parts: list[Tensor]
    things: Tensor
    kept: Tensor | None

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        kept = None if self.kept is None else self.kept.to(device)
        return Batch(self.pixels.to(device), [part.to(device) for part in self.parts], self.things.to(device), kept)


def learning_loss(model: nn.Module, batch: Batch, logit_scale: Tensor, class_loss_weight: float) -> Tensor:
    """The contrastive loss of the captioned pictures, and ``class_loss_weight`` times the naming loss.

    That is the cross-entropy of the thing in each picture, and of the thing in each caption, by the same reader.
    """
    images, texts, things = model(batch.pixels, batch.parts, batch.kept)
    seen, told = things.split([len(images), len(texts)])
    named = F.cross_entropy(seen, batch.things) + F.cross_entropy(told, batch.things[: len(texts)])
    with torch.autocast(images.device.type, enabled=False):  # cosines times 100 want more than 8 bits
        return contrastive_loss(images[: len(texts)], texts, logit_scale) + class_loss_weight * named
