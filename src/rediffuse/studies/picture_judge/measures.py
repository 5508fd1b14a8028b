"""How well the judge reads pictures of artists, compositions and pairs that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation.accuracy import share_of_drawings
from rediffuse.evaluation.pixel_baselines import PixelBank
from rediffuse.models.picture_judge.model import PictureJudge, Reading, read
from rediffuse.pipeline.compute import generator
from rediffuse.studies.picture_judge.params import Params


@dataclass(frozen=True)
class Examined:
    """Pictures, what they show, and what the judge read.

    Attributes:
        images: uint8 [N, 3, H, W].
        drawing: int64 [N], rows of the picture set.
        thing: int64 [N], index into the things.
        scene: int64 [N], index into the scenes.
        style: int64 [N], place among the judge's styles, −1 for a style that it does not know.
        reading: the judge's.
    """

    images: Tensor
    drawing: Tensor
    thing: Tensor
    scene: Tensor
    style: Tensor
    reading: Reading

    @property
    def things_right(self) -> Tensor:
        """Whether the most probable thing is the right one, bool [N]."""
        return self.reading.things.argmax(1) == self.thing

    @property
    def scenes_right(self) -> Tensor:
        """The same of the scene."""
        return self.reading.scenes.argmax(1) == self.scene

    @property
    def styles_right(self) -> Tensor:
        """The same of the style."""
        return self.reading.styles.argmax(1) == self.style

    def among_top(self, count: int) -> Tensor:
        """Whether the right thing is among the ``count`` most probable ones, bool [N]."""
        return (self.reading.things.topk(count).indices == self.thing[:, None]).any(1)

    def right_among(self, things: Tensor) -> Tensor:
        """Whether the right thing is the most probable of ``things`` int64 [K], bool for each picture of one."""
        rows = torch.isin(self.thing, things)
        return things[self.reading.things[rows][:, things].argmax(1)] == self.thing[rows]


def unseen_styles(judge: PictureJudge, pictures: PictureSet, params: Params) -> Examined:
    """Sharp pictures of drawings by artists that the judge never saw, on scenes that it never saw."""
    rows = pictures.rows("judge", "test").repeat(params.pictures_per_drawing)
    return _examine(judge, pictures, rows, generator(params.seed, "unseen styles", 0))


def unseen_compositions(judge: PictureJudge, pictures: PictureSet, params: Params) -> Examined:
    """As many pictures of drawings that it was trained on: where its reading of styles can be checked."""
    random = generator(params.seed, "unseen compositions", 0)
    rows = pictures.rows("judge", "train")
    count = len(pictures.rows("judge", "test")) * params.pictures_per_drawing
    chosen = torch.randint(len(rows), (count,), generator=random)
    return _examine(judge, pictures, rows[chosen], random)


def unseen_pairs(judge: PictureJudge, pictures: PictureSet, params: Params) -> Examined:
    """Pictures of things by artists that it never saw, on scenes on which it was never trained to see them."""
    random = generator(params.seed, "unseen pairs", 0)
    rows = pictures.rows("judge", "test")
    pairs = torch.tensor(sorted(pictures.held_out.pairs))  # [P, 2]
    drawing, pair = torch.nonzero(pictures.thing[rows][:, None] == pairs[:, 0], as_tuple=True)
    chosen = torch.randint(len(drawing), (params.pairs,), generator=random)
    return _examine(judge, pictures, rows[drawing[chosen]], random, pairs[pair[chosen], 1])


def _examine(
    judge: PictureJudge,
    pictures: PictureSet,
    rows: Tensor,  # int64 [N], drawings
    random: torch.Generator,
    scene: Tensor | None = None,  # int64 [N]
) -> Examined:
    recipe = draw_recipe(pictures, rows, random, side="test", scene=scene, defects=0.0)
    images = compose(pictures, recipe, judge.config.image_size, "test")
    place = {name: index for index, name in enumerate(judge.config.styles)}
    styles = torch.tensor([place.get(name, -1) for name in pictures.styles])
    return Examined(images, rows, pictures.thing[rows], recipe.scene, styles[pictures.style[rows]], read(judge, images))


def measure(
    styles: Examined, compositions: Examined, pairs: Examined, bank: PixelBank, classes: Tensor
) -> dict[str, object]:
    """All that is reported in numbers, with intervals that are clustered by drawing.

    Things stand beside 1-nearest neighbour on pixels, scenes beside the nearest of the scenes' mean pictures.

    Args:
        bank: pictures of the drawings that the judge is trained on.
        classes: int64 [K], the things of the labelled folder.
    """
    among = torch.isin(styles.thing, classes)
    known = torch.isin(bank.thing, classes)
    own_bank = PixelBank(bank.pixels[known], bank.thing[known], bank.scene[known])
    nearest = own_bank.things(styles.images[among]) == styles.thing[among]
    return {
        "unseen_styles": {
            "things": _things(styles, bank) | {"acc5": float(styles.among_top(5).double().mean())},
            "classes": share_of_drawings(styles.right_among(classes), styles.drawing[among])
            | {"baseline_1nn": share_of_drawings(nearest, styles.drawing[among])},
            "scenes": _scenes(styles, bank),
        },
        "unseen_compositions": {
            "things": _things(compositions, bank),
            "scenes": _scenes(compositions, bank),
            "styles": share_of_drawings(compositions.styles_right, compositions.drawing),
        },
        "unseen_pairs": {"things": _things(pairs, bank), "scenes": _scenes(pairs, bank)},
    }


def _things(found: Examined, bank: PixelBank) -> dict[str, object]:
    nearest = bank.things(found.images) == found.thing
    return {
        **share_of_drawings(found.things_right, found.drawing),
        "baseline_1nn": share_of_drawings(nearest, found.drawing),
    }


def _scenes(found: Examined, bank: PixelBank) -> dict[str, object]:
    nearest = bank.scenes(found.images) == found.scene
    own = share_of_drawings(found.scenes_right, found.drawing)
    return {**own, "baseline_mean_picture": share_of_drawings(nearest, found.drawing)}
