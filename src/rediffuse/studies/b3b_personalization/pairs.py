"""Both new words of study B3b in one picture, generated in two ways, each at the best of its own scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from rediffuse.models.text2image.model import TextToImage
from rediffuse.studies.b3b_personalization.composed_sampling import draw_composed
from rediffuse.studies.b3b_personalization.concept_reader import ConceptReader
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.word_evaluation import STUDY, draw, thing_prompts

Scales = tuple[float, ...]  # of one prompt its guidance scale; composed, those of the thing and of the style


@dataclass(frozen=True, eq=False)
class Pair:
    """Pictures of one way: images uint8 [N, 3, H, W], and whether the reader detects thing and style, bool [N]."""

    images: Tensor
    thing: Tensor
    style: Tensor

    @property
    def both(self) -> Tensor:
        """Whether the reader detects both, bool [N]."""
        return self.thing & self.style


@dataclass(frozen=True, eq=False)
class Way:
    """One way of generating both words.

    Attributes:
        choosing: pictures at each of its scales, on noises that only choose.
        scales: the scales with the most pictures in which both are detected; of equal ones the first.
        both: pictures at these scales, on other noises.
        alone: pictures of the thing's word alone, at the thing's scale and from the same noises as ``both``.
        hard_images: pictures of ``hard_prompt``, uint8 [S, 3, H, W].
    """

    choosing: dict[Scales, Pair]
    scales: Scales
    both: Pair
    alone: Pair
    hard_images: Tensor


def run_ways(model: TextToImage, reader: ConceptReader, params: Params) -> dict[str, Way]:
    """Choose the scales of each way on the same noises, then generate both words and the thing alone from others."""
    section = params.pair
    grids: dict[str, Sequence[Scales]] = {"naive": [(scale,) for scale in section.naive], "composed": section.scales}
    return {way: run_way(model, reader, grid, params) for way, grid in grids.items()}


def run_way(model: TextToImage, reader: ConceptReader, grid: Sequence[Scales], params: Params) -> Way:
    """One way: its scales chosen out of ``grid``, then its pictures."""
    section = params.pair

    def pair(count: int, study: str, scales: Scales, *, styled: bool = True) -> Pair:
        images = draw_prompts(model, thing_prompts(params.thing.token, count), study, params, scales, styled=styled)
        return Pair(images, reader.thing_right(images), reader.style_right(images))

    choosing = {scales: pair(section.validation_noises, f"{STUDY} choosing", scales) for scales in grid}
    best = max(choosing, key=lambda scales: int(choosing[scales].both.sum()))
    hard_prompts = [section.hard_prompt.format(thing=params.thing.token)] * section.shown
    return Way(
        choosing,
        best,
        pair(section.pictures, f"{STUDY} pair", best),
        pair(section.pictures, f"{STUDY} pair", best, styled=False),
        draw_prompts(model, hard_prompts, f"{STUDY} harder", params, best),
    )


def draw_prompts(
    model: TextToImage, alone: list[str], study: str, params: Params, scales: Scales, *, styled: bool = True
) -> Tensor:
    """Prompts of the thing with the style, in one prompt or composed, or without it; uint8 [N, 3, H, W].

    Args:
        alone: prompts of the thing.
        study: names the noises.
        scales: one for one prompt, two for composed sampling.
        styled: False leaves the style out, whose scale then has no meaning.
    """
    both = [f"{text} in the style of {params.style.token}" for text in alone]
    if not styled or len(scales) == 1:
        return draw(model, both if styled else alone, study, params, scales[0])
    nothing, thing, style = (model.text_states(part) for part in ([""] * len(alone), alone, both))
    x_T = model.noise(params.seed, study, range(len(alone)))
    label = f"composed, {scales[0]:g} and {scales[1]:g}"
    steps = params.drawing.num_inference_steps
    return draw_composed(model, (nothing, thing, style), x_T, (scales[0], scales[1]), steps, label)
