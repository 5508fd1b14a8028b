"""Pictures that no model was trained on, each composed from a generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.composing import Recipe, compose, draw_recipe
from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError


@dataclass(frozen=True, eq=False)
class Composed:
    """Sharp pictures on backgrounds of the test side.

    Attributes:
        images: uint8 [N, 3, 64, 64].
        drawing: int64 [N], rows of the picture set.
        thing, scene: int64 [N], indices into its things and into ``SCENES``.
    """

    images: Tensor
    drawing: Tensor
    thing: Tensor
    scene: Tensor

    def __len__(self) -> int:
        return len(self.images)


def compose_each(
    pictures: PictureSet, drawings: Tensor, copies: int, seed: int, study: str, scene: Tensor | None = None
) -> Composed:
    """``copies`` pictures of each drawing; a picture depends on (seed, study, drawing, copy) and its scene alone.

    Args:
        drawings: int64 [M], rows of the picture set, M ≥ 1.
        scene: int64 [M], a scene for each drawing; where it is None, one that training may have shown the thing on.

    Raises:
        InputError: there is no drawing.
    """
    if not len(drawings):
        raise InputError(
            f"{study}: data/pictures holds no drawing for it; run fetch_pictures with more things or styles"
        )
    recipes = []
    for place, row in enumerate(drawings.tolist()):
        for copy in range(copies):
            random = generator(seed, study, row * 1000 + copy)
            at = None if scene is None else scene[place : place + 1]
            recipes.append(draw_recipe(pictures, torch.tensor([row]), random, side="test", scene=at))
    recipe = Recipe.joined(recipes)
    images = [compose(pictures, recipe[start : start + 256], SIZE, "test") for start in _starts(len(recipe))]
    return Composed(torch.cat(images), recipe.drawing, pictures.thing[recipe.drawing], recipe.scene)


def drawings_of(pictures: PictureSet, rows: Tensor, things: Sequence[int]) -> Tensor:
    """Those of ``rows`` that show one of ``things``."""
    return rows[torch.isin(pictures.thing[rows], torch.tensor(list(things)))]


def drawing_names(pictures: PictureSet, drawings: Tensor) -> dict[int, str]:
    """What each of the drawings is called beside others of its thing: its style, numbered where there are several.

    Args:
        drawings: int64 [M], rows of the picture set, each once.
    """
    rows = drawings.tolist()
    kinds = [(int(pictures.thing[row]), int(pictures.style[row])) for row in rows]
    names = {}
    for place, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        number = f" {kinds[: place + 1].count(kind)}" if kinds.count(kind) > 1 else ""
        names[row] = pictures.styles[kind[1]] + number
    return names


def _starts(count: int) -> range:
    return range(0, count, 256)
