"""Setting drawings on scenes: a recipe says how, ``compose`` does it for a whole batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet, Side
from rediffuse.data.pictures.defects import DEFECTS, spoil
from rediffuse.data.pictures.weather import light_of, snowfall

SIZES = (0.8, 1.0)  # the drawing's side as a fraction of the picture
CENTRED_SIZE = 0.92  # that of a centred drawing
TURN = math.radians(8)  # largest angle
TINT = 0.12  # a colour channel of the drawing is multiplied by 1 − this to 1 + this
_HORIZON = 0.45  # on a scene the drawing's centre is not above this, since most things do not fly
_GROWN = 1.35  # a cropped thing is that much larger
_CUT_AT = ((0.05, 0.5), (0.95, 0.5), (0.5, 0.95), (0.1, 0.85), (0.9, 0.85))  # and its centre is at one of these
_RENDERED = (16, 32, SIZE)  # sides at which drawings are kept for sampling


@dataclass(frozen=True)
class Recipe:
    """How B pictures are put together; row i is all that picture i depends on.

    Attributes:
        drawing: int64 [B], row of the picture set.
        scene: int64 [B], index into ``SCENES``.
        background: int64 [B], which background of the scene.
        size: float32 [B], side of the drawing as a fraction of the picture's.
        x, y: float32 [B], its centre, from the left and from the top, as fractions.
        angle: float32 [B], radians.
        mirrored: bool [B].
        stretch: float32 [B], width of the drawing over its height, times what the artist gave it; ``size`` is that of
            the longer side.
        tint: float32 [B, 3], factors of the drawing's red, green and blue.
        defect: int64 [B], index into ``DEFECTS``; 0 is a sharp picture.
        seed: int64 [B], 0 to 2³¹ − 1: flakes, noise and place of a watermark.
    """

    drawing: Tensor
    scene: Tensor
    background: Tensor
    size: Tensor
    x: Tensor
    y: Tensor
    angle: Tensor
    mirrored: Tensor
    stretch: Tensor
    tint: Tensor
    defect: Tensor
    seed: Tensor

    def __len__(self) -> int:
        return len(self.drawing)

    def __getitem__(self, rows: Tensor | slice) -> Recipe:
        return Recipe(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    @staticmethod
    def joined(recipes: Sequence[Recipe]) -> Recipe:
        """Recipes one after another."""
        return Recipe(**{part.name: torch.cat([getattr(r, part.name) for r in recipes]) for part in fields(Recipe)})


def draw_recipe(
    pictures: PictureSet,
    drawings: Tensor,
    random: torch.Generator,
    *,
    side: Side,
    scene: Tensor | None = None,
    defects: float = 0.0,
) -> Recipe:
    """Draw scene, place, light and defect for each of the drawings.

    Args:
        drawings: int64 [B], rows of the picture set.
        random: all random numbers come from it.
        side: which backgrounds are drawn from.
        scene: int64 [B]; where it is None, scenes are drawn evenly from those that the thing may be seen on
            in training, so that no held-out pair comes up.
        defects: share of spoiled pictures, 0 to 1.
    """
    count = len(drawings)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=random) * (high - low) + low

    allowed = pictures.allowed_scenes[pictures.thing[drawings]]
    drawn = torch.multinomial(allowed.float(), 1, generator=random).flatten()
    scene = drawn if scene is None else scene
    size = uniform(*SIZES)
    lowest = torch.where(scene == SCENES.index("plain"), size / 2, (size / 2).clamp(min=_HORIZON))
    highest = torch.maximum(1 - size / 2, lowest)
    spoiled = torch.rand(count, generator=random) < defects
    defect = torch.randint(1, len(DEFECTS), (count,), generator=random)
    return Recipe(
        drawing=drawings,
        scene=scene,
        background=torch.randint(pictures.backgrounds[side].shape[1], (count,), generator=random),
        size=size,
        x=size / 2 + uniform(0, 1) * (1 - size),
        y=lowest + uniform(0, 1) * (highest - lowest),
        angle=uniform(-TURN, TURN),
        mirrored=torch.rand(count, generator=random) < 0.5,
        stretch=torch.ones(count),
        tint=uniform(1 - TINT, 1 + TINT, 3),
        defect=torch.where(spoiled, defect, 0),
        seed=torch.randint(2**31, (count,), generator=random),
    )


def centred(recipe: Recipe) -> Recipe:
    """The recipe with every drawing centred, upright, of one size and in its own colours.

    A classifier has to learn every placement, a generator has not: pictures of drawings at one place are learned
    in a fraction of the steps.
    """
    return replace(
        recipe,
        size=torch.full_like(recipe.size, CENTRED_SIZE),
        x=torch.full_like(recipe.x, 0.5),
        y=torch.full_like(recipe.y, 0.5),
        angle=torch.zeros_like(recipe.angle),
        mirrored=torch.zeros_like(recipe.mirrored),
        stretch=torch.ones_like(recipe.stretch),
        tint=torch.ones_like(recipe.tint),
    )


def rearranged(recipe: Recipe, smallest: float, stretch: float, random: torch.Generator) -> Recipe:
    """The recipe with its drawings in their own colours at any place that holds them, of other sizes and proportions.

    Half of them are mirrored, and all keep the small angles that they have.

    Args:
        smallest: side of the smallest drawing, as a fraction of the picture's; the largest fills the picture.
        stretch: largest factor, 1 or more, by which a drawing is made wider than high, or higher than wide.
    """
    count = len(recipe)
    random_size, x, y, shape = torch.rand(4, count, generator=random).unbind()
    size = smallest + (1 - smallest) * random_size
    factor = stretch ** (2 * shape - 1)
    width, height = size * factor.clamp(max=1), size / factor.clamp(min=1)
    return replace(
        recipe,
        size=size,
        x=width / 2 + x * (1 - width),
        y=height / 2 + y * (1 - height),
        mirrored=torch.rand(count, generator=random) < 0.5,
        stretch=factor,
        tint=torch.ones_like(recipe.tint),
    )


def compose(pictures: PictureSet, recipe: Recipe, resolution: int, side: Side) -> Tensor:
    """The pictures of a recipe, uint8 [B, 3, resolution, resolution].

    Picture i is the same, bit for bit, alone or in any batch: all that is done to it goes pixel by pixel.

    Args:
        resolution: side in pixels, 16 or more.
        side: the one that the recipe was drawn for.
    """
    backgrounds = pictures.scaled_backgrounds(side, resolution)
    thing = _placed(pictures, _cropped(recipe), resolution)  # colours times alpha, and alpha, 0 to 255
    picture = backgrounds[recipe.scene, recipe.background].float()
    picture = picture * (1 - thing[:, 3:] / 255)
    picture += thing[:, :3] * (recipe.tint * light_of(recipe.scene))[..., None, None]
    snowing = torch.nonzero(recipe.scene == SCENES.index("snow")).flatten()
    picture[snowing] = snowfall(picture[snowing], recipe.seed[snowing])
    return spoil(picture, recipe.defect, recipe.seed).round_().clamp_(0, 255).to(torch.uint8)


def coverage(pictures: PictureSet, recipe: Recipe, resolution: int) -> Tensor:
    """Opacity of the drawings where they lie, float32 [B, resolution, resolution] in [0, 1]."""
    return (_placed(pictures, _cropped(recipe), resolution)[:, 3] / 255).clamp(0, 1)


def drawing_coordinates(recipe: Recipe, resolution: int) -> Tensor:
    """Where each pixel of the pictures lies in its drawing, float32 [B, R, R, 2], x and y, −1 to 1 within it."""
    return _grid(_cropped(recipe), resolution)


def _cropped(recipe: Recipe) -> Recipe:
    """The recipe with its cropped things moved partly out of the picture."""
    cropped = recipe.defect == DEFECTS.index("cropped")
    centres = torch.tensor(_CUT_AT)
    x, y = centres[recipe.seed % len(centres)].unbind(1)
    return replace(
        recipe,
        size=torch.where(cropped, recipe.size * _GROWN, recipe.size),
        x=torch.where(cropped, x, recipe.x),
        y=torch.where(cropped, y, recipe.y),
    )


def _placed(pictures: PictureSet, recipe: Recipe, resolution: int) -> Tensor:
    """The drawings in their places, float32 [B, 4, resolution, resolution], 0 to 255."""
    # From the smallest rendering that is not smaller than the picture: less to move, and less aliasing.
    kept = next((size for size in _RENDERED if size >= resolution), SIZE)
    drawings = pictures.premultiplied(kept)[recipe.drawing].float()
    return F.grid_sample(drawings, _grid(recipe, resolution), padding_mode="zeros", align_corners=False)


def _grid(recipe: Recipe, resolution: int) -> Tensor:
    """Where each pixel lies in its drawing, float32 [B, R, R, 2], −1 to 1 within it."""
    centre = (torch.arange(resolution) + 0.5) / resolution
    scale = 2 / recipe.size
    wide, high = recipe.stretch.clamp(max=1)[:, None, None], 1 / recipe.stretch.clamp(min=1)[:, None, None]
    # One by one: a vector's cosine may differ in the last bit between the places of a batch.
    cos, sin = (torch.tensor([f(a) for a in recipe.angle.tolist()]) for f in (math.cos, math.sin))
    flip = torch.where(recipe.mirrored, -1.0, 1.0)
    across = (centre - recipe.x[:, None])[:, None, :] * scale[:, None, None]  # [B, 1, R]
    down = (centre - recipe.y[:, None])[:, :, None] * scale[:, None, None]  # [B, R, 1]
    cos, sin, flip = cos[:, None, None], sin[:, None, None], flip[:, None, None]
    return torch.stack([(across * cos + down * sin) * flip / wide, (down * cos - across * sin) / high], dim=-1)
