"""What the two new words of study B3b are learned from: a few drawings on many scenes, and captions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.captions import MEDIA, WHERE
from rediffuse.data.pictures.composing import Recipe, centred, compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.latents import covered_places, place_weights
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things, learned_styles
from rediffuse.pipeline.compute import generator
from rediffuse.studies.b3b_personalization.inversion import InversionData
from rediffuse.studies.b3b_personalization.params import ConceptSection, Params


@dataclass(frozen=True, eq=False)
class Concept:
    """A new word and what it is learned from.

    Attributes:
        kind: ``thing`` or ``style``.
        section: its parameters.
        rows: drawings that it is learned from, int64 [K].
        data: their compositions.
        shown: K compositions, uint8 [K, 3, H, W].
    """

    kind: str
    section: ConceptSection
    rows: Tensor
    data: InversionData
    shown: Tensor


def thing_rows(pictures: PictureSet, thing: int, params: Params) -> Tensor:
    """Drawings of the thing by artists whose style the model knows."""
    rows = torch.nonzero(pictures.thing == thing).flatten()
    known = torch.tensor(learned_styles(pictures))
    return rows[torch.isin(pictures.style[rows], known)][: params.thing.pictures]


def style_rows(pictures: PictureSet, style: int, params: Params) -> Tensor:
    """Drawings in the style, of things that the model knows, drawn by chance."""
    known = torch.tensor(known_things(pictures, params.model, params.things))
    rows = torch.nonzero((pictures.style == style) & torch.isin(pictures.thing, known)).flatten()
    order = torch.randperm(len(rows), generator=generator(params.seed, "personalize style rows", 0))
    return rows[order[: params.style.pictures]]


def told(kind: str, token: str, pictures: PictureSet, recipe: Recipe, random: torch.Generator) -> list[str]:
    """A caption of each picture of a recipe with the new word in it, in words chosen by chance.

    That of the thing names the artist in every other caption, so that the word need not learn a style.
    """
    chances = torch.rand(len(recipe), 3, generator=random).tolist()
    drawings = zip(recipe.drawing.tolist(), recipe.scene.tolist(), chances, strict=True)
    found = []
    for drawing, scene, (medium, where, named) in drawings:
        noun, style = pictures.nouns[int(pictures.thing[drawing])], pictures.styles[int(pictures.style[drawing])]
        if kind == "thing":
            noun, style = f"a {token}", style.replace("-", " ") if named < 0.5 else ""
        else:
            style = token
        phrases = WHERE[SCENES[scene]]
        text = f"a {MEDIA[int(medium * len(MEDIA))]} of {noun} {phrases[int(where * len(phrases))]}".strip()
        found.append(f"{text} in the style of {style}" if style else text)
    return found


def compose_for(model: TextToImage, pictures: PictureSet, recipe: Recipe) -> Tensor:
    """The pictures of a recipe for the train side, enlarged where the model's are larger; uint8 [N, 3, H, W]."""
    side = model.picture_size
    images = compose(pictures, recipe, min(side, SIZE), "train")
    if side <= SIZE:
        return images
    images = torch.nn.functional.interpolate(images.float(), (side, side), mode="bilinear", align_corners=False)
    return images.round().to(torch.uint8)


def make_concept(model: TextToImage, pictures: PictureSet, kind: str, rows: Tensor, params: Params) -> Concept:
    """The drawings on many scenes, as latents with captions that hold the new word."""
    section: ConceptSection = getattr(params, kind)
    times = params.inversion.compositions
    random = generator(params.seed, kind, 0)
    recipe = centred(draw_recipe(pictures, rows.repeat_interleave(times), random, side="train"))
    images = compose_for(model, pictures, recipe)

    def texts(chosen: Tensor, random: torch.Generator) -> list[str]:
        return told(kind, section.token, pictures, recipe[chosen], random)

    vae = model.pipeline.vae
    latents = encode(vae, images) * vae.config.scaling_factor
    covered = covered_places(pictures, recipe, model.picture_size, latents.shape[-1])
    weights = place_weights(covered, params.inversion.drawing_weight)
    return Concept(kind, section, rows, InversionData(latents, weights, texts), images[::times])
