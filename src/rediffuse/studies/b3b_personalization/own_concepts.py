"""The user's own concepts of study B3b: a word learned from each folder of pictures, and what it draws."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor

from rediffuse.data.pictures.labelled import read_picture
from rediffuse.evaluation.measures import over_prompts
from rediffuse.models.clip.embedding import Clip, image_embeds
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3b_personalization.inversion import Lesson, learn_word, single_token, with_words
from rediffuse.studies.b3b_personalization.params import Params

ENDINGS = (".png", ".jpg", ".jpeg")
LARGEST = 20  # pictures of one concept
NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, eq=False)
class OwnWord:
    """A word that the user's pictures taught.

    Attributes:
        token: the word.
        embedding: its row, [D].
        learned: the pictures, uint8 [K, 3, H, W].
        before, after: what the initial and the learned word draw from the same noises, uint8 [N, 3, H, W].
        clip_i: cosine with the pictures before and after, float32 [2, N].
    """

    token: str
    embedding: Tensor
    learned: Tensor
    before: Tensor
    after: Tensor
    clip_i: Tensor


def read_concepts(folder: Path, side: int) -> dict[str, Tensor]:
    """The pictures of each concept by its folder's name, their middle squares as uint8 [K, 3, side, side].

    Raises:
        InputError: there is no such folder, the name of one in it can be no word, it holds none or too many
            pictures, or one is unreadable.
    """
    if not folder.is_dir():
        raise InputError(f"personalize.own.folder: {folder}: no such folder; an empty one learns nothing")
    found = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."):
        if not NAME.fullmatch(place.name):
            raise InputError(f"{place}: allowed in the name of a concept are small letters, digits and hyphens")
        files = sorted(path for path in place.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] != ".")
        if not 1 <= len(files) <= LARGEST:
            raise InputError(f"{place}: found {len(files)} PNG or JPEG, expected 1 to {LARGEST}, best 3 to 5")
        found[place.name] = torch.stack([middle_square(read_picture(path), side) for path in files])
    return found


def middle_square(picture: Tensor, side: int) -> Tensor:
    """The middle square of a picture uint8 [3, H, W], scaled to uint8 [3, side, side]."""
    height, width = picture.shape[-2:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = picture[None, :, top : top + edge, left : left + edge].float()
    scaled = F.interpolate(square, (side, side), mode="bilinear", antialias=True, align_corners=False)
    return scaled[0].round().clamp(0, 255).to(torch.uint8)


def run_own(accelerator: Accelerator, model: TextToImage, clip: Clip, params: Params) -> dict[str, OwnWord]:
    """Learn a word from each of the user's concepts, and draw with it before and after.

    Raises:
        InputError: as ``read_concepts``; or a concept is called as one of the study's own words, or its initial word
            is not one token.
    """
    concepts = read_concepts(Path(params.own.folder), model.shape[-1] * model.pipeline.vae_scale_factor)
    return {name: learn_own(accelerator, model, clip, name, pictures, params) for name, pictures in concepts.items()}


def learn_own(
    accelerator: Accelerator, model: TextToImage, clip: Clip, name: str, pictures: Tensor, params: Params
) -> OwnWord:
    """One concept: its word learned from ``pictures``, uint8 [K, 3, H, W]."""
    section, token = params.own, f"<{name}>"
    if token in (params.thing.token, params.style.token):
        raise InputError(f"{section.folder}/{name}: the word {token} is the study's own; name the folder differently")
    word = section.initial_words.get(name, section.initial_word)
    initial = single_token(model, word, f"personalize.own: initial word of {name}")

    def texts(chosen: Tensor, random: torch.Generator) -> list[str]:
        drawn = torch.randint(len(section.captions), (len(chosen),), generator=random)
        return [section.captions[place].format(word=token) for place in drawn.tolist()]

    vae = model.pipeline.vae
    lesson = Lesson(encode(vae, pictures) * vae.config.scaling_factor, texts)
    learned = learn_word(accelerator, model, token, initial, lesson, params.inversion, params.seed)
    before, after = (draw_own(with_words(model, {token: row}), token, params) for row in (learned.first, learned.last))
    target = image_embeds(clip, pictures, label="CLIP")
    clip_i = torch.stack([(image_embeds(clip, part, label="CLIP") @ target.T).mean(1) for part in (before, after)])
    return OwnWord(token, learned.last, pictures, before, after, clip_i)


def draw_own(model: TextToImage, token: str, params: Params) -> Tensor:
    """Each prompt with the word, from as many noises as asked for, uint8 [N, 3, H, W]."""
    asked = [text.format(word=token) for text in params.own.prompts for _ in range(params.own.pictures)]
    states = model.text_states(asked)
    x_T = model.noise(params.seed, "personalize own", range(len(asked)))
    return model.draw(states, model.text_states([""]).expand_as(states), x_T, params.drawing, label=token)


def own_metrics(words: dict[str, OwnWord]) -> dict[str, Any]:
    """CLIP-I of each word before and after, with the change noise by noise."""
    return {
        name: {
            "before": over_prompts(word.clip_i[0]),
            "after": over_prompts(word.clip_i[1]),
            "change": over_prompts(word.clip_i[1] - word.clip_i[0]),
        }
        for name, word in words.items()
    }
