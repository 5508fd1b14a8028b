"""Real pictures to compare generated ones with: artists' drawings, composed as the training pictures are."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from rediffuse.data.pictures.composing import Recipe, centred, compose, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation.prompts import ANY_STYLE, Prompts
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.latents import latent_recipe
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.things import learnable_drawings
from rediffuse.pipeline.compute import generator

PART = 256  # pictures composed at once


def sharp_recipe(pictures: PictureSet, params: Params) -> Recipe:
    """The training compositions of the denoiser that are not spoiled."""
    recipe = latent_recipe(pictures, params)
    return recipe[recipe.defect == 0]


def matching_rows(pictures: PictureSet, recipe: Recipe, prompts: Prompts, seed: int, study: str) -> Tensor:
    """For each prompt a random row of ``recipe`` that shows what the prompt asks for, int64 [P].

    Where no row has thing, scene and style, one of thing and scene is taken, and where there is none, one of the
    thing. Row i depends on prompt i, ``seed``, ``study`` and i alone.

    Args:
        recipe: it shows every thing of the prompts.
    """
    thing, style = pictures.thing[recipe.drawing], pictures.style[recipe.drawing]
    rows = []
    asked = zip(prompts.thing.tolist(), prompts.scene.tolist(), prompts.style.tolist(), strict=True)
    for index, (a, b, c) in enumerate(asked):
        right = thing == a
        for narrower in (recipe.scene == b, (style == c) | (c == ANY_STYLE)):
            right = right & narrower if (right & narrower).any() else right
        candidates = torch.nonzero(right).flatten()
        chosen = torch.randint(len(candidates), (), generator=generator(seed, f"{study} rows", index))
        rows.append(candidates[chosen])
    return torch.stack(rows)


def redrawn(pictures: PictureSet, recipe: Recipe, rows: Tensor, random: torch.Generator) -> Recipe:
    """The same compositions with other artists' drawings of the same things.

    Args:
        rows: int64 [M], the drawings to choose from; compositions of things that they lack are left out.
    """
    thing = pictures.thing[recipe.drawing]
    kept = recipe[torch.isin(thing, pictures.thing[rows])]
    thing = pictures.thing[kept.drawing]
    order = rows[torch.argsort(pictures.thing[rows], stable=True)]
    counts = torch.bincount(pictures.thing[rows], minlength=len(pictures.things))
    offset = (torch.rand(len(thing), generator=random, dtype=torch.float64) * counts[thing]).long()
    return replace(kept, drawing=order[(counts.cumsum(0) - counts)[thing] + offset])


def through_autoencoder(model: TextToImage, images: Tensor) -> Tensor:
    """What the model's autoencoder makes of pictures uint8 [N, 3, H, W] of its own size, uint8 [N, 3, H, W]."""
    vae = model.pipeline.vae
    return model.decode(encode(vae, images) * vae.config.scaling_factor)


def real_pictures(pictures: PictureSet, prompts: Prompts, resolution: int, seed: int) -> Tensor:
    """Drawings that the model learned, on backgrounds that it did not: uint8 [N, 3, resolution, resolution].

    The drawing is by the artist who is asked for; where none is, or that one did not draw the thing, by any whom
    the model knows. Picture i depends on (seed, i) and prompt i alone. The studies A3, A7 and A9 share the stream of
    random numbers, ``sweep_guidance real``: with equal seeds they compose picture i with the same ones.
    """
    learned = learnable_drawings(pictures)
    recipes = []
    rows = zip(prompts.thing.tolist(), prompts.scene.tolist(), prompts.style.tolist(), strict=True)
    for index, (thing, scene, style) in enumerate(rows):
        random = generator(seed, "sweep_guidance real", index)
        drawings = learned[pictures.thing[learned] == thing]
        asked = drawings[pictures.style[drawings] == style]
        if style != ANY_STYLE and len(asked):
            drawings = asked
        chosen = drawings[torch.randint(len(drawings), (1,), generator=random)]
        recipes.append(draw_recipe(pictures, chosen, random, side="test", scene=torch.tensor([scene])))
    recipe = centred(Recipe.joined(recipes))
    starts = range(0, len(recipe), PART)
    return torch.cat([compose(pictures, recipe[start : start + PART], resolution, "test") for start in starts])
