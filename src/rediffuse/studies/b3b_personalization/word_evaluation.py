"""What a new word of study B3b generates at one place of its training, and how it is measured."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.captions import WHERE
from rediffuse.data.pictures.composing import centred, compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet
from rediffuse.evaluation.drawing import distinct_text_embeds, draw_texts
from rediffuse.models.clip.embedding import Clip, image_embeds
from rediffuse.models.picture_judge.model import PictureJudge, read
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3b_personalization.concept_reader import ConceptReader
from rediffuse.studies.b3b_personalization.params import Params

STUDY = "personalize"
ORDINARY = "picture"  # what a drawing is called in the prompts that are measured


@dataclass(frozen=True, eq=False)
class Subjects:
    """What is asked for of a word: N prompts of G groups, one group after the other.

    Pictures of one group share an object, and are not independent. Those of the thing's word have a group each.

    Attributes:
        kind: ``thing`` or ``style``.
        asked: the prompts with the word.
        without: the prompts without the word.
        thing: object that is asked for beside the word, index into the things; −1 where none is; int64 [N].
        scene: index into ``SCENES``, int64 [N].
        real: real pictures of the concept. For the style one of each prompt, by the artist that the word is of.
        groups: G.
    """

    kind: str
    asked: list[str]
    without: list[str]
    thing: Tensor
    scene: Tensor
    real: Tensor
    groups: int

    def __len__(self) -> int:
        return len(self.asked)


@dataclass(frozen=True, eq=False)
class WordEvaluation:
    """Pictures generated with a word at one place of its training, G groups of S.

    Attributes:
        images: uint8 [N, 3, H, W], N = G·S.
        clip_i: cosine with real pictures of the concept, float32 [G, S].
        clip_t: cosine with the prompt without the word, float32 [G, S].
        right: whether the reader detects the concept, bool [G, S].
        kept: whether the judge reads the rest of the prompt, scene and object, bool [G, S].
    """

    images: Tensor
    clip_i: Tensor
    clip_t: Tensor
    right: Tensor
    kept: Tensor


def where(scene: int) -> str:
    """How the measured prompts call a scene."""
    return WHERE[SCENES[scene]][-1]


def thing_prompts(token: str, count: int) -> list[str]:
    """Prompts of the thing's word alone, on all scenes in turn."""
    return [f"a {ORDINARY} of a {token} {where(place % len(SCENES))}" for place in range(count)]


def thing_subjects(shown: Tensor, token: str, count: int) -> Subjects:
    """Prompts of the thing's word on all scenes in turn, each from a noise of its own.

    Args:
        shown: the pictures that the word is learned from, uint8 [K, 3, H, W].
        token: what stands in place of the word.
    """
    scene = torch.arange(count) % len(SCENES)
    places = [where(place) for place in scene.tolist()]
    return Subjects(
        "thing",
        thing_prompts(token, count),
        [f"a {ORDINARY} {place}" for place in places],
        torch.full((count,), -1),
        scene,
        shown,
        count,
    )


def other_drawings(pictures: PictureSet, style: int, rows: Tensor, params: Params) -> Tensor:
    """Drawings in the style of other things that the model knows, one of each, int64 [objects], drawn by chance.

    Args:
        rows: drawings that the word is learned from; their things are left out.

    Raises:
        InputError: there are not as many as ``style.objects``.
    """
    known = torch.tensor(known_things(pictures, params.model, params.things))
    allowed = torch.isin(pictures.thing, known) & ~torch.isin(pictures.thing, pictures.thing[rows])
    drawings = torch.nonzero((pictures.style == style) & allowed).flatten()
    first = {int(pictures.thing[row]): row for row in reversed(drawings.tolist())}
    if len(first) < params.style.objects:
        raise InputError(f"personalize.style.objects: found {params.style.objects}, allowed at most {len(first)}")
    ordered = torch.tensor(sorted(first.values()))
    order = torch.randperm(len(ordered), generator=generator(params.seed, f"{STUDY} objects", 0))
    return ordered[order[: params.style.objects]]


def style_subjects(pictures: PictureSet, drawings: Tensor, token: str, side: int, params: Params) -> Subjects:
    """Prompts of the objects of ``drawings`` in the new style, on all scenes in turn."""
    each = params.pictures // len(drawings)
    row = drawings.repeat_interleave(each)
    scene = (torch.arange(len(row)) % each + torch.arange(len(drawings)).repeat_interleave(each)) % len(SCENES)
    thing = pictures.thing[row]
    without = [
        f"a {ORDINARY} of {pictures.nouns[a]} {where(b)}" for a, b in zip(thing.tolist(), scene.tolist(), strict=True)
    ]
    random = generator(params.seed, f"{STUDY} real", 0)
    recipe = centred(draw_recipe(pictures, row, random, side="test", scene=scene))
    real = compose(pictures, recipe, min(side, SIZE), "test")
    asked = [f"{text} in the style of {token}" for text in without]
    return Subjects("style", asked, without, thing, scene, real, len(drawings))


def draw(
    model: TextToImage, texts: list[str], study: str, params: Params, guidance_scale: float | None = None
) -> Tensor:
    """Pictures uint8 [N, 3, H, W], picture i from noise i of the study; the scale of ``params.drawing`` by default."""
    drawing = params.drawing
    if guidance_scale is not None:
        drawing = drawing.model_copy(update={"guidance_scale": guidance_scale})
    return draw_texts(model, texts, drawing, params.seed, study, study)


def evaluate_word(
    model: TextToImage, clip: Clip, reader: ConceptReader, pictures: PictureSet, subjects: Subjects, params: Params
) -> WordEvaluation:
    """Generate with the word as it is now, always from the same noises, and measure."""
    images = draw(model, subjects.asked, f"{STUDY} {subjects.kind}", params)
    embeds, real = image_embeds(clip, images, label="CLIP"), image_embeds(clip, subjects.real, label="CLIP")
    clip_i = (embeds @ real.T).mean(1) if subjects.kind == "thing" else (embeds * real).sum(1)
    texts = distinct_text_embeds(clip, subjects.without)
    right = reader.thing_right(images) if subjects.kind == "thing" else reader.style_right(images)
    kept = prompt_kept(reader.judge, pictures, images, subjects)
    measures = (clip_i, (embeds * texts).sum(1), right, kept)
    return WordEvaluation(images, *(part.unflatten(0, (subjects.groups, -1)) for part in measures))


def prompt_kept(judge: PictureJudge, pictures: PictureSet, images: Tensor, subjects: Subjects) -> Tensor:
    """Whether the judge reads the scene, and the object where one is asked for beside the word, bool [N]."""
    reading = read(judge, images)
    scene = [judge.config.scenes[place] for place in reading.scenes.argmax(1).tolist()]
    thing = [judge.config.things[place] for place in reading.things.argmax(1).tolist()]
    asked = zip(subjects.thing.tolist(), subjects.scene.tolist(), strict=True)
    return torch.tensor(
        [
            scene[place] == SCENES[b] and (a < 0 or thing[place] == pictures.things[a])
            for place, (a, b) in enumerate(asked)
        ]
    )
