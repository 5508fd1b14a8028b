"""What the judge's features say of a thing and a style that the judge was never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from rediffuse.compute import generator
from rediffuse.data.composing import centred, compose, draw_recipe
from rediffuse.data.pictures import SCENES, PictureSet
from rediffuse.pictures.judge import PictureJudge, read
from rediffuse.text2image.things import learned_things

SHOWN = 3  # compositions of each drawing that the readers are fitted on
PART = 500  # pictures composed at once


@dataclass(frozen=True, eq=False)
class ConceptReader:
    """Linear discriminants (Fisher 1936) on the features of the judge, fitted on real pictures.

    Attributes:
        judge: whose features are read.
        things: tells the thing of a picture among all that are held out and all that the model knows.
        styles: tells the new style from all others, both taken as equally probable.
        thing: index of the new thing.
    """

    judge: PictureJudge
    things: Any
    styles: Any
    thing: int

    def thing_right(self, images: Tensor) -> Tensor:
        """Whether pictures uint8 [N, 3, H, W] show the new thing, bool [N]."""
        return torch.from_numpy(self.things.predict(self._features(images)) == self.thing)

    def style_right(self, images: Tensor) -> Tensor:
        """Whether they are in the new style rather than another, bool [N]."""
        return torch.from_numpy(self.styles.predict_proba(self._features(images))[:, 1] > 0.5)

    def _features(self, images: Tensor) -> Any:
        return read(self.judge, images).features.double().numpy()


def fit_reader(
    judge: PictureJudge, pictures: PictureSet, thing: int, style: int, known: int, seed: int
) -> tuple[ConceptReader, dict[str, Tensor]]:
    """The reader, and what it reads in other compositions of real pictures of the thing and the style, bool [N].

    Args:
        thing, style: indices of what is new.
        known: how many things the model knows.
    """
    things = torch.tensor(sorted({*pictures.held_out.things, *learned_things(pictures, known), thing}))
    rows = torch.nonzero(torch.isin(pictures.thing, things)).flatten()
    features, drawn = _read_real(judge, pictures, rows, seed, "fitted")
    options: dict[str, Any] = {"solver": "lsqr", "shrinkage": "auto"}
    by_thing = LinearDiscriminantAnalysis(**options).fit(features, pictures.thing[drawn].numpy())
    is_style = (pictures.style[drawn] == style).numpy()
    by_style = LinearDiscriminantAnalysis(**options, priors=[0.5, 0.5]).fit(features, is_style)
    reader = ConceptReader(judge, by_thing, by_style, thing)
    real = {}
    for key, chosen in (("thing", pictures.thing == thing), ("style", pictures.style == style)):
        others = torch.nonzero(chosen & torch.isin(pictures.thing, things)).flatten()
        seen, _ = _read_real(judge, pictures, others, seed, "tested")
        right = by_thing.predict(seen) == thing if key == "thing" else by_style.predict_proba(seen)[:, 1] > 0.5
        real[key] = torch.from_numpy(right)
    return reader, real


def _read_real(judge: PictureJudge, pictures: PictureSet, rows: Tensor, seed: int, what: str) -> tuple[Any, Tensor]:
    drawn = rows.repeat_interleave(SHOWN)
    scenes = torch.arange(len(drawn)) % len(SCENES)
    recipe = centred(
        draw_recipe(pictures, drawn, generator(seed, f"personalize {what}", 0), side="train", scene=scenes)
    )
    size = int(judge.config.image_size)
    parts = [compose(pictures, recipe[start : start + PART], size, "train") for start in range(0, len(drawn), PART)]
    return np.concatenate([read(judge, part).features.double().numpy() for part in parts]), drawn
