"""A small picture set for tests: coloured shapes that a few dozen steps can tell apart."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch
from torch import Tensor

from rediffuse.data.pictures.composing import Recipe, compose
from rediffuse.data.pictures.dataset import SCENES, SIZE, HeldOut, PictureSet

THINGS = ("apple", "bear", "cat", "dog", "elephant", "fish", "goat", "hat", "ice", "jar", "kite", "owl")
STYLES = ("one", "two", "three", "four", "five")
HELD_OUT_THING = THINGS.index("owl")


def small_pictures() -> PictureSet:
    """Twelve things by five artists; "owl" is held out, and a pair of each other thing."""
    random = torch.Generator().manual_seed(0)
    shapes = torch.rand(len(THINGS), 1, 8, 8, generator=random) > 0.5
    colours = torch.rand(len(THINGS), 3, 1, 1, generator=random)
    rgba = [_drawing(shapes[thing], colours[thing], style) for thing in range(len(THINGS)) for style in range(5)]
    scenes = torch.rand(len(SCENES), 1, 3, 1, 1, generator=random)
    backgrounds = (255 * (0.7 * scenes + 0.3 * torch.rand(len(SCENES), 6, 3, SIZE, SIZE, generator=random))).byte()
    return PictureSet(
        rgba=torch.stack(rgba),
        thing=torch.arange(len(THINGS)).repeat_interleave(len(STYLES)),
        style=torch.arange(len(STYLES)).repeat(len(THINGS)),
        backgrounds={"train": backgrounds[:, :4], "test": backgrounds[:, 4:]},
        things=THINGS,
        nouns=tuple(f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in THINGS),
        styles=STYLES,
        held_out=HeldOut(
            styles={"clip": frozenset({2}), "judge": frozenset({3}), "all": frozenset({4})},
            things=frozenset({HELD_OUT_THING}),
            pairs=frozenset((thing, 1 + thing % 4) for thing in range(len(THINGS))),
        ),
        classes=THINGS[:6],
        animals=("bear", "cat", "dog", "elephant", "goat"),
    )


class Noted:
    """All recipes that a module of training composes from now on; each must be of the train side."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        self.recipes: list[Recipe] = []

        def note(pictures: PictureSet, recipe: Recipe, resolution: int, side: str) -> Tensor:
            assert side == "train"
            self.recipes.append(recipe)
            return compose(pictures, recipe, resolution, "train")

        monkeypatch.setattr(module, "compose", note)

    def seen(self, pictures: PictureSet) -> tuple[set[int], set[int], set[tuple[int, int]]]:
        """Styles, things and pairs."""
        drawings = torch.cat([recipe.drawing for recipe in self.recipes])
        things, scenes = pictures.thing[drawings].tolist(), torch.cat([r.scene for r in self.recipes]).tolist()
        return set(pictures.style[drawings].tolist()), set(things), set(zip(things, scenes, strict=True))


def _drawing(shape: Tensor, colour: Tensor, style: int) -> Tensor:
    alpha = shape.repeat_interleave(SIZE // 8, 1).repeat_interleave(SIZE // 8, 2)
    shade = 1 - 0.12 * style
    return torch.cat([(255 * shade * colour).expand(3, SIZE, SIZE), 255.0 * alpha]).byte()
