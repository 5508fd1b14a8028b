"""Painted animals in the place of artists' drawings, in the pictures that CLIP learns to name."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from rediffuse.animals.painted import PaintedAnimals
from rediffuse.data.pictures import PictureSet


class StandIns:
    """A picture set with the painted animals behind its drawings.

    Attributes:
        pictures: the set, ``painted`` its last style. None but ``instead`` gives rows of that style.
    """

    def __init__(self, pictures: PictureSet, painted: PaintedAnimals) -> None:
        things = torch.tensor([pictures.things.index(name) for name in painted.animals])
        self.each = painted.rgba.shape[1]
        self.first = torch.full((len(pictures.things),), -1)
        self.first[things] = len(pictures.thing) + self.each * torch.arange(len(things))
        self.pictures = replace(
            pictures,
            rgba=torch.cat([pictures.rgba, painted.rgba.flatten(0, 1)]),
            thing=torch.cat([pictures.thing, things.repeat_interleave(self.each)]),
            style=torch.cat([pictures.style, torch.full((len(things) * self.each,), len(pictures.styles))]),
            styles=(*pictures.styles, "painted"),
        )

    def instead(self, drawings: Tensor, share: float, random: torch.Generator) -> Tensor:
        """Rows int64 [B] of the same things, of which a share is painted where the thing is a painted animal.

        Args:
            drawings: int64 [B], rows of the set.
            share: 0 to 1.
        """
        first = self.first[self.pictures.thing[drawings]]
        painted = (torch.rand(len(drawings), generator=random) < share) & (first >= 0)
        within = torch.randint(self.each, (len(drawings),), generator=random)
        return torch.where(painted, first + within, drawings)
