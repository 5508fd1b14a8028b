"""Study A7: what the guidance scale, a negative prompt and quality words do to pictures of the same noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.evaluation.measures import clipped, diversity, over_prompts, saturation, share_of
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.verdicts import judged
from rediffuse.models.clip.embedding import Clip, image_embeds, text_embeds
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.studies.a7_sweep_guidance.params import Params

STUDY = "sweep_guidance"
CELLS = ("plain", "negative", "suffix", "both")
MEASURES = ("clip_cosine", "thing_accuracy", "saturation", "clipped", "diversity")


@dataclass(frozen=True, eq=False)
class Readers:
    """What reads generated pictures: a CLIP, the judge, and the picture set whose things are asked for."""

    clip: Clip
    judge: PictureJudge
    pictures: PictureSet


@dataclass(frozen=True, eq=False)
class Point:
    """The pictures of one cell at one scale, P prompts with S pictures each.

    Attributes:
        clip_cosine, saturation, clipped: float32 [P, S].
        thing: bool [P, S], whether the judge reads the thing that was asked for.
        diversity: float32 [P].
    """

    clip_cosine: Tensor
    thing: Tensor
    saturation: Tensor
    clipped: Tensor
    diversity: Tensor


Sweep = dict[str, dict[float, Point]]  # by cell and scale


def run_sweep(model: TextToImage, readers: Readers, params: Params) -> Sweep:
    """Draw the same prompts from the same noises at every scale in every cell."""
    model.check_texts(params.strip_prompts)  # before the work of minutes
    count = params.sweep.pictures_per_prompt
    prompts = sweep_prompts(readers.pictures, params)
    x_T = model.noise(params.seed, f"{STUDY} sweep", range(len(prompts) * count))
    text_embeddings = text_embeds(readers.clip, prompts.texts).repeat_interleave(count, 0)
    states, negative = (part.repeat_interleave(count, 0) for part in cell_states(model, prompts.texts, params))
    sweep: Sweep = {cell: {} for cell in CELLS}
    for scale in params.sweep.guidance_scales:
        drawing = params.drawing.model_copy(update={"guidance_scale": scale})
        # All cells at once: only the last batch is filled up.
        images = model.draw(states, negative, x_T.repeat(len(CELLS), 1, 1, 1), drawing, label=f"scale {scale:g}")
        for cell, part in zip(CELLS, images.chunk(len(CELLS)), strict=True):
            sweep[cell][scale] = _point(readers, part, prompts.repeated(count), text_embeddings, count)
    return sweep


def sweep_prompts(pictures: PictureSet, params: Params) -> Prompts:
    """The prompts of the curves."""
    things = known_things(pictures, params.model, params.words.things)
    return draw_prompts(pictures, params.words, things, params.sweep.prompts, params.seed, f"{STUDY} sweep")


def cell_states(model: TextToImage, texts: tuple[str, ...], params: Params) -> tuple[Tensor, Tensor]:
    """Text states of the prompts and of the negative prompts in the order of ``CELLS``, each [4·P, L, D]."""
    plain, suffixed = model.text_states(texts), model.text_states([text + params.suffix for text in texts])
    empty, negative = (model.text_states([text]).expand_as(plain) for text in ("", params.negative_prompt))
    return torch.cat([plain, plain, suffixed, suffixed]), torch.cat([empty, negative, empty, negative])


def _point(readers: Readers, images: Tensor, prompts: Prompts, text_embeddings: Tensor, count: int) -> Point:
    verdict = judged(readers.judge, readers.pictures, images, prompts)
    cosine = cosine_scores(image_embeds(readers.clip, images, label="CLIP"), text_embeddings) / 100

    def by_prompt(values: Tensor) -> Tensor:
        return values.unflatten(0, (-1, count))

    return Point(
        by_prompt(cosine),
        by_prompt(verdict.thing),
        by_prompt(saturation(images)),
        by_prompt(clipped(images)),
        diversity(by_prompt(verdict.reading.features)),
    )


def best_scale(sweep: Sweep) -> float:
    """The scale whose plain pictures are nearest to their prompts by CLIP; of equal ones the lowest.

    The judge, who marks the pictures at that scale, has no part in the choice.
    """
    plain = sweep["plain"]
    return max(sorted(plain), key=lambda scale: float(plain[scale].clip_cosine.double().mean()))


def scale_key(scale: float) -> str:
    """``scale_1_5`` for 1.5."""
    return f"scale_{scale:g}".replace(".", "_")


def sweep_metrics(sweep: Sweep, params: Params) -> dict[str, Any]:
    """The curves, and the cells against the plain one at the scale of ``params.drawing``."""
    at = params.drawing.guidance_scale
    plain = sweep["plain"]
    scales = sorted(plain)
    return {
        "curve": {
            cell: {
                scale_key(scale): {"guidance_scale": scale, **_point_summary(point)} for scale, point in points.items()
            }
            for cell, points in sweep.items()
        },
        "cells": {
            "guidance_scale": at,
            "change": {cell: _change(sweep[cell][at], plain[at]) for cell in CELLS[1:]},
        },
        # The same prompts and noises, so the differences are taken prompt by prompt.
        "guided": {
            "from": scales[0],
            "to": at,
            **_change(plain[at], plain[scales[0]]),
        },
        "sweep_n": {"prompts": params.sweep.prompts, "pictures": plain[at].thing.numel()},
    }


def _point_summary(point: Point) -> dict[str, dict[str, float]]:
    found = {
        "clip_cosine": over_prompts(point.clip_cosine, (-1.0, 1.0)),
        "thing_accuracy": share_of(point.thing),
        "saturation": over_prompts(point.saturation, (0.0, 1.0)),
        "clipped": over_prompts(point.clipped, (0.0, 1.0)),
        "diversity": over_prompts(point.diversity, (0.0, float("inf"))),
    }
    return {key: intervals.without_counts(value) for key, value in found.items()}


def _change(after: Point, before: Point) -> dict[str, dict[str, float]]:
    """By how much each measure moved, with an interval over prompts of the paired differences."""

    def moved(a: Tensor, b: Tensor) -> dict[str, float]:
        return intervals.without_counts(over_prompts(a.double() - b.double()))

    return {
        "clip_cosine": moved(after.clip_cosine, before.clip_cosine),
        "thing_accuracy": moved(after.thing, before.thing),
        "saturation": moved(after.saturation, before.saturation),
        "diversity": moved(after.diversity, before.diversity),
    }


def run_strip(model: TextToImage, params: Params) -> Tensor:
    """The prompts of the strip at all scales from the same noises, uint8 [scales, prompts, 3, H, W]."""
    texts = params.strip_prompts
    states, empty = model.text_states(texts), model.text_states([""]).expand(len(texts), -1, -1)
    x_T = model.noise(params.seed, f"{STUDY} strip", range(len(texts)))
    drawings = (params.drawing.model_copy(update={"guidance_scale": s}) for s in params.sweep.guidance_scales)
    return torch.stack([model.draw(states, empty, x_T, drawing) for drawing in drawings])
