"""What the judge of pictures reads in generated pictures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.prompts import Prompts
from rediffuse.models.picture_judge.model import PictureJudge, Reading, read


@dataclass(frozen=True, eq=False)
class Verdict:
    """The judge on N generated pictures.

    Attributes:
        thing, scene: bool [N], whether the one that was asked for is the most probable of all.
        thing_probability: float32 [N], of the one that was asked for.
        reading: all that was read.
    """

    thing: Tensor
    scene: Tensor
    thing_probability: Tensor
    reading: Reading


def judged(judge: PictureJudge, pictures: PictureSet, images: Tensor, prompts: Prompts) -> Verdict:
    """Read pictures uint8 [N, 3, H, W], each drawn from the prompt of its place."""
    reading = read(judge, images)
    thing = _places(pictures.things, judge.config.things)[prompts.thing]
    scene = _places(SCENES, judge.config.scenes)[prompts.scene]
    return Verdict(
        reading.things.argmax(1) == thing,
        reading.scenes.argmax(1) == scene,
        reading.things.gather(1, thing[:, None])[:, 0],
        reading,
    )


def shared_artists(judge: PictureJudge, pictures: PictureSet) -> dict[str, int]:
    """Count the ``artists`` that the judge was trained on, and those among them that are ``shared`` with CLIP."""
    known = {pictures.styles[place] for place in pictures.style[pictures.rows("clip", "train")].tolist()}
    return {"artists": len(judge.config.styles), "shared": len(known & set(judge.config.styles))}


def _places(names: tuple[str, ...], known: list[str]) -> Tensor:
    """For each name its place among those that the judge knows, int64 [len(names)]."""
    place = {name: index for index, name in enumerate(known)}
    return torch.tensor([place[name] for name in names])
