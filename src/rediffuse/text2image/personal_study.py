"""Study B3b: a thing and a style that no model has seen, learned as two words, alone and in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from rediffuse import intervals
from rediffuse.clip.embedding import Clip, image_embeds, text_embeds
from rediffuse.data.captions import WHERE
from rediffuse.data.pictures import SCENES, PictureSet
from rediffuse.params.personalize import Params
from rediffuse.pictures.judge import PictureJudge
from rediffuse.text2image.composed_sampling import draw_composed
from rediffuse.text2image.measures import over_prompts
from rediffuse.text2image.model import TextToImage
from rediffuse.text2image.personal_concepts import Concept, make_concept, style_rows, thing_rows
from rediffuse.text2image.personal_reading import ConceptReader, fit_reader
from rediffuse.text2image.personalization import Learned, learn_word, single_token, with_words
from rediffuse.text2image.prompts import index_of

STUDY = "personalize"
Scales = tuple[float, float]  # of the thing, and of the style
ORDINARY = "picture"  # what a drawing is called in the prompts that are measured


@dataclass(frozen=True, eq=False)
class Look:
    """Pictures drawn with a word at one place of its training.

    Attributes:
        images: uint8 [N, 3, H, W].
        clip_i: cosine with the pictures that it is learned from, float32 [N].
        clip_t: cosine with the prompt that has the initial word, or no style, in the word's place, float32 [N].
        right: whether the judge's features tell the thing, or the style, bool [N].
    """

    images: Tensor
    clip_i: Tensor
    clip_t: Tensor
    right: Tensor


@dataclass(frozen=True, eq=False)
class Pair:
    """Both words in one picture, drawn in one way: images uint8 [N, 3, H, W], thing and style right bool [N]."""

    images: Tensor
    thing: Tensor
    style: Tensor

    @property
    def both(self) -> Tensor:
        """Whether the picture shows both, bool [N]."""
        return self.thing & self.style


@dataclass(frozen=True, eq=False)
class PersonalResult:
    """What the study learned, drew and measured.

    Attributes:
        concepts: by kind.
        learned: by kind, what was learned of its word.
        looks: by kind and step.
        real: what the reader reads in real pictures of the concept, by kind, bool [M].
        pairs: ``naive`` and ``composed``.
        choosing: of both words by the scales of thing and style, on other noises.
        scales: the best of these.
        harder: ``naive`` and ``composed`` of the harder prompt, uint8 [S, 3, H, W].
    """

    concepts: dict[str, Concept]
    learned: dict[str, Learned]
    looks: dict[str, dict[int, Look]]
    real: dict[str, Tensor]
    pairs: dict[str, Pair]
    choosing: dict[Scales, Pair]
    scales: Scales
    harder: dict[str, Tensor]


def run_personal(
    accelerator: Accelerator,
    model: TextToImage,
    clip: Clip,
    judge: PictureJudge,
    pictures: PictureSet,
    params: Params,
) -> PersonalResult:
    """Learn both words one after the other, look at each along the way, then draw both together in two ways."""
    thing = index_of(pictures.things, params.thing.name, "personalize.thing.name")
    style = index_of(pictures.styles, params.style.name, "personalize.style.name")
    starts = {
        kind: single_token(model, getattr(params, kind).initial_word, f"personalize.{kind}.initial_word")
        for kind in ("thing", "style")
    }
    reader, real = fit_reader(judge, pictures, thing, style, params.things, params.seed)
    concepts = {
        "thing": make_concept(model, pictures, "thing", thing_rows(pictures, thing, params), params),
        "style": make_concept(model, pictures, "style", style_rows(pictures, style, params), params),
    }
    learned, looks = {}, {}
    for kind, concept in concepts.items():
        word, section = concept.section.token, params.inversion
        learned[kind] = learn_word(accelerator, model, word, starts[kind], concept.lesson, section, params.seed)
        looks[kind] = {
            step: look_at(with_words(model, {word: row}), clip, reader, pictures, concept, params)
            for step, row in learned[kind].embeddings.items()
        }
    both = with_words(model, {concept.section.token: learned[kind].last for kind, concept in concepts.items()})
    choosing = {
        scales: draw_pair(both, reader, params, f"{STUDY} choosing", params.pair.choosing, scales)
        for scales in params.pair.scales
    }
    best = max(choosing, key=lambda scales: int(choosing[scales].both.sum()))
    count = params.pair.pictures
    pairs = {
        "naive": draw_pair(both, reader, params, f"{STUDY} pair", count),
        "composed": draw_pair(both, reader, params, f"{STUDY} pair", count, best),
    }
    return PersonalResult(concepts, learned, looks, real, pairs, choosing, best, draw_harder(both, params, best))


def look_at(
    model: TextToImage, clip: Clip, reader: ConceptReader, pictures: PictureSet, concept: Concept, params: Params
) -> Look:
    """Draw with the word as it is now, always from the same noises, and measure."""
    section, count = concept.section, len(concept.rows)
    asked, plain, mates = [], [], []
    for place in range(params.pictures):
        where = WHERE[SCENES[place % len(SCENES)]][-1]
        mate = place // len(SCENES) % count  # the drawing whose thing is asked for in the new style
        if concept.kind == "thing":
            asked.append(f"a {ORDINARY} of a {section.token} {where}")
            plain.append(f"a {ORDINARY} of a {section.initial_word} {where}")
        else:
            noun = pictures.nouns[int(pictures.thing[concept.rows[mate]])]
            asked.append(f"a {ORDINARY} of {noun} {where} in the style of {section.token}")
            plain.append(f"a {ORDINARY} of {noun} {where}")
        mates.append(mate)
    images = draw(model, asked, f"{STUDY} {concept.kind}", params)
    embeds, learned = image_embeds(clip, images, label="CLIP"), image_embeds(clip, concept.shown, label="CLIP")
    cosines = embeds @ learned.T  # [N, K]
    clip_i = cosines.mean(1) if concept.kind == "thing" else cosines[torch.arange(len(mates)), torch.tensor(mates)]
    told = list(dict.fromkeys(plain))
    texts = text_embeds(clip, told)[[told.index(text) for text in plain]]
    right = reader.thing_right(images) if concept.kind == "thing" else reader.style_right(images)
    return Look(images, clip_i, (embeds * texts).sum(1), right)


def draw(model: TextToImage, texts: list[str], study: str, params: Params) -> Tensor:
    """Pictures uint8 [N, 3, H, W], picture i from noise i of the study."""
    states = model.text_states(texts)
    x_T = model.noise(params.seed, study, range(len(texts)))
    return model.draw(states, model.text_states([""]).expand_as(states), x_T, params.drawing, label=study)


def draw_pair(
    model: TextToImage, reader: ConceptReader, params: Params, study: str, count: int, scales: Scales | None = None
) -> Pair:
    """Both words in one prompt, or composed where scales are given; the same noises in both ways."""
    where = [WHERE[SCENES[place % len(SCENES)]][-1] for place in range(count)]
    alone = [f"a {ORDINARY} of a {params.thing.token} {w}" for w in where]
    images = draw_both(model, alone, study, params, scales)
    return Pair(images, reader.thing_right(images), reader.style_right(images))


def draw_both(model: TextToImage, alone: list[str], study: str, params: Params, scales: Scales | None) -> Tensor:
    """Prompts of the thing together with the style, in one prompt or composed, uint8 [N, 3, H, W]."""
    both = [f"{text} in the style of {params.style.token}" for text in alone]
    if scales is None:
        return draw(model, both, study, params)
    nothing, thing, styled = (model.text_states(part) for part in ([""] * len(alone), alone, both))
    x_T = model.noise(params.seed, study, range(len(alone)))
    label = f"composed, {scales[0]:g} and {scales[1]:g}"
    return draw_composed(model, (nothing, thing, styled), x_T, scales, params.drawing.num_inference_steps, label)


def draw_harder(model: TextToImage, params: Params, scales: Scales) -> dict[str, Tensor]:
    """The harder prompt in both ways, from the same noises."""
    alone = [params.pair.harder.format(thing=params.thing.token)] * params.pair.shown
    study = f"{STUDY} harder"
    return {
        way: draw_both(model, alone, study, params, chosen) for way, chosen in (("naive", None), ("composed", scales))
    }


def personal_metrics(result: PersonalResult, params: Params) -> dict[str, Any]:
    """All that is reported in numbers; each picture has a noise of its own."""
    found: dict[str, Any] = {}
    for kind, looks in result.looks.items():
        first, *_, last = looks.values()
        for key, look in ((f"{kind}_initial", first), (kind, last)):
            told = measured(look)
            found[key] = {name: part["mean"] for name, part in told.items()}
            found[f"{key}_interval"] = {name: {e: part[e] for e in ("low", "high")} for name, part in told.items()}
        found[f"{kind}_change"] = {
            "clip_i": over_prompts(last.clip_i - first.clip_i),
            "clip_t": over_prompts(last.clip_t - first.clip_t),
            "judge": over_prompts(last.right.double() - first.right.double(), (-1.0, 1.0)),
        }
        found[f"{kind}_curve"] = {str(step): measured(look) for step, look in looks.items()}
        found[f"{kind}_real"] = intervals.proportion(result.real[kind].numpy())
    pairs = {way: intervals.proportion(pair.both.numpy()) for way, pair in result.pairs.items()}
    change = result.pairs["composed"].both.double() - result.pairs["naive"].both.double()
    parts = {
        way: {part: intervals.proportion(getattr(pair, part).numpy()) for part in ("thing", "style")}
        for way, pair in result.pairs.items()
    }
    return {
        **found,
        "pair": {way: part["mean"] for way, part in pairs.items()},
        "pair_interval": {way: {e: part[e] for e in ("low", "high")} for way, part in pairs.items()},
        "pair_change": over_prompts(change, (-1.0, 1.0)),
        "pair_parts": parts,
        "choosing": {
            f"{thing:g} and {style:g}": intervals.proportion(pair.both.numpy())
            for (thing, style), pair in result.choosing.items()
        },
        "scales": {"thing": result.scales[0], "style": result.scales[1]},
        "n": params.pictures,
        "pair_n": params.pair.pictures,
    }


def measured(look: Look) -> dict[str, dict[str, float]]:
    """The three measures of a look, each with its interval."""
    return {
        "clip_i": over_prompts(look.clip_i),
        "clip_t": over_prompts(look.clip_t),
        "judge": intervals.proportion(look.right.numpy()),
    }
