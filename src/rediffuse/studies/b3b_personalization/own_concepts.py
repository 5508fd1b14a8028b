"""The user's own concepts of study B3b: a word learned from each folder of pictures, and what it draws."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor

from rediffuse.data.picture_files import (
    ENDINGS,
    KINDS,
    Ground,
    picture_files,
    read_picture,
    tell_unread,
    visible,
)
from rediffuse.evaluation.drawing import draw_texts
from rediffuse.evaluation.measures import over_prompts
from rediffuse.models.clip.embedding import Clip, image_embeds
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import user_path
from rediffuse.studies.b3b_personalization.inversion import (
    InversionData,
    check_new,
    learn_word,
    single_token,
    with_words,
)
from rediffuse.studies.b3b_personalization.params import Params

KEY = "personalize.own"
LARGEST = 20  # pictures of one concept
NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, eq=False)
class OwnConcept:
    """A concept of the user's, checked.

    Attributes:
        token: the word that is learned of it.
        initial: the token from which the word starts.
        pictures: uint8 [K, 3, H, W].
    """

    token: str
    initial: int
    pictures: Tensor


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


def read_concepts(folder: Path, side: int, ground: Ground = "white") -> dict[str, Tensor]:
    """The pictures of each concept by its folder's name, their middle squares as uint8 [K, 3, side, side].

    Raises:
        InputError: there is no such folder, it holds pictures outside of the concepts' folders, the name of one can
            be no word, it holds none or too many pictures, or one is unreadable.
    """
    if not folder.is_dir():
        raise InputError(f"{KEY}.folder: {folder}: no such folder; an empty one learns nothing")
    entries = sorted(visible(folder))
    stray = next((path for path in entries if path.suffix.lower() in ENDINGS and not path.is_dir()), None)
    if stray is not None:
        raise InputError(f"{stray}: expected in a folder named after what it shows, such as {folder}/teapot")
    tell_unread(folder, (path.name for path in entries if not path.is_dir()), "a concept is a folder of pictures")
    found = {}
    for place in (path for path in entries if path.is_dir()):
        if not NAME.fullmatch(place.name):
            raise InputError(f"{place}: allowed in the name of a concept are small letters, digits and hyphens")
        files = picture_files(place)
        if not 1 <= len(files) <= LARGEST:
            raise InputError(f"{place}: found {len(files)} pictures ({KINDS}), expected 1 to {LARGEST}, best 3 to 5")
        found[place.name] = torch.stack([middle_square(read_picture(path, ground), side) for path in files])
    return found


def middle_square(picture: Tensor, side: int) -> Tensor:
    """The middle square of a picture uint8 [3, H, W], scaled to uint8 [3, side, side]."""
    height, width = picture.shape[-2:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = picture[None, :, top : top + edge, left : left + edge].float()
    scaled = F.interpolate(square, (side, side), mode="bilinear", antialias=True, align_corners=False)
    return scaled[0].round().clamp(0, 255).to(torch.uint8)


def prepare_own(model: TextToImage, params: Params) -> dict[str, OwnConcept]:
    """Read and check the user's concepts, by their folders' names, before anything is learned.

    An initial word of a concept that is not there is named on standard error.

    Raises:
        InputError: as ``read_concepts``; or a concept is called as one of the study's own words or as a token of the
            model, its initial word is not one token, or a caption or a prompt has more tokens than the model takes.
    """
    section = params.own
    folder = user_path(section.folder, f"{KEY}.folder")
    concepts = read_concepts(folder, model.picture_size, section.ground)
    unknown = [name for name in section.initial_words if name not in concepts]
    if unknown:
        found = ", ".join(concepts) or "none"
        print(f"{KEY}.initial_words: no concept {', '.join(unknown)} in {folder}, which has {found}", file=sys.stderr)
    prepared = {}
    for name, pictures in concepts.items():
        token = f"<{name}>"
        if token in (params.thing.token, params.style.token):
            raise InputError(f"{folder / name}: the word {token} is the study's own; name the folder differently")
        check_new(model, token)
        word = section.initial_words.get(name, section.initial_word)
        initial = single_token(model, word, f"{KEY}: initial word of {name}")
        # The initial word stands for the new one, which is one token as well.
        model.check_texts([text.format(word=word) for text in (*section.captions, *section.prompts)])
        prepared[name] = OwnConcept(token, initial, pictures)
    return prepared


def learn_own(accelerator: Accelerator, model: TextToImage, clip: Clip, concept: OwnConcept, params: Params) -> OwnWord:
    """Learn a concept's word, and draw with it before and after."""
    section, token, pictures = params.own, concept.token, concept.pictures

    def texts(chosen: Tensor, random: torch.Generator) -> list[str]:
        drawn = torch.randint(len(section.captions), (len(chosen),), generator=random)
        return [section.captions[place].format(word=token) for place in drawn.tolist()]

    vae = model.pipeline.vae
    latents = encode(vae, pictures) * vae.config.scaling_factor
    data = InversionData(latents, torch.ones_like(latents[:, :1]), texts)
    learned = learn_word(accelerator, model, token, concept.initial, data, params.inversion, params.seed)
    before, after = (draw_own(with_words(model, {token: row}), token, params) for row in (learned.first, learned.last))
    target = image_embeds(clip, pictures, label="CLIP")
    clip_i = torch.stack([(image_embeds(clip, part, label="CLIP") @ target.T).mean(1) for part in (before, after)])
    return OwnWord(token, learned.last, pictures, before, after, clip_i)


def draw_own(model: TextToImage, token: str, params: Params) -> Tensor:
    """Each prompt with the word, from as many noises as asked for, uint8 [N, 3, H, W]."""
    asked = [text.format(word=token) for text in params.own.prompts for _ in range(params.own.pictures)]
    return draw_texts(model, asked, params.drawing, params.seed, "personalize own", token)


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
