"""Study A8's subjects: sketches of pictures by artists that no model was trained on, each with its rivals."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.composing import Recipe, compose, draw_recipe, rearranged
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation.prompts import ANY_STYLE, Prompts, prompt_text
from rediffuse.models.controlnet.sketches import Outlines, steady_hand
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.compute import generator
from rediffuse.studies.a8_sketch_to_image.params import STAGE, Params

RIVALS = 3  # other sketches of the same thing among which a picture's own is looked for


@dataclass(frozen=True, eq=False)
class Subjects:
    """N pictures by artists that no model was trained on, and the prompts that go with their sketches.

    Attributes:
        images: uint8 [N, 3, side, side].
        sketches: outlines of the drawings in them, bool [N, side, side].
        rivals: of other drawings of the same things, arranged in their own ways, bool [N, RIVALS, side, side].
        prompts: N prompts.
    """

    images: Tensor
    sketches: Tensor
    rivals: Tensor
    prompts: Prompts


def make_subjects(pictures: PictureSet, side: int, params: Params) -> Subjects:
    """Compose drawings of things that the model knows on test backgrounds, and sketch them.

    The artists are those that neither CLIP nor the judge was trained on.
    """
    known = torch.tensor(known_things(pictures, params.model, params.words.things))
    rows = pictures.rows("clip", "test")
    rows = rows[torch.isin(rows, pictures.rows("judge", "test")) & torch.isin(pictures.thing[rows], known)]
    random = generator(params.seed, f"{STAGE} subjects", 0)
    order = torch.cat(
        [rows[torch.randperm(len(rows), generator=random)] for _ in range(-(-params.sketches // len(rows)))]
    )
    recipe = arrange(pictures, order[: params.sketches], params, random)
    images = compose(pictures, recipe, side, "test")
    rival = arrange(pictures, draw_rivals(pictures, recipe.drawing, random).flatten(), params, random)
    sketches, rivals = (
        Outlines.of(pictures, part.drawing).sketch(part, steady_hand(len(part)), side) for part in (recipe, rival)
    )
    thing, style = pictures.thing[recipe.drawing], torch.full_like(recipe.scene, ANY_STYLE)
    asked = zip(thing.tolist(), recipe.scene.tolist(), strict=True)
    texts = tuple(prompt_text(pictures, a, b, ANY_STYLE, params.words) for a, b in asked)
    return Subjects(images, sketches, rivals.unflatten(0, (-1, RIVALS)), Prompts(texts, thing, recipe.scene, style))


def arrange(pictures: PictureSet, rows: Tensor, params: Params, random: torch.Generator) -> Recipe:
    """Compositions of drawings, int64 [N], on test backgrounds, arranged as the parameters say."""
    recipe = draw_recipe(pictures, rows, random, side="test")
    return rearranged(recipe, params.arrangement.smallest, params.arrangement.stretch, random)


def draw_rivals(pictures: PictureSet, rows: Tensor, random: torch.Generator) -> Tensor:
    """For each drawing, int64 [N], ``RIVALS`` of the same thing by any artists, int64 [N, RIVALS].

    A drawing is its own rival, arranged otherwise, only where there is no other of the thing.
    """
    found = []
    for row in rows.tolist():
        others = torch.nonzero(pictures.thing == pictures.thing[row]).flatten()
        others = others[others != row] if len(others) > 1 else others
        found.append(others[torch.randint(len(others), (RIVALS,), generator=random)])
    return torch.stack(found)
