"""What linear classifiers on the judge's features detect of a thing and a style that the judge was never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GroupKFold, cross_val_predict
from torch import Tensor

from rediffuse.data.pictures.composing import centred, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.real_pictures import through_autoencoder
from rediffuse.models.picture_judge.model import PictureJudge, read
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.compute import generator
from rediffuse.studies.b3b_personalization.concepts import compose_for
from rediffuse.studies.b3b_personalization.params import Params

SHOWN = 2  # compositions of each drawing that the classifiers are fitted on
PART = 500  # pictures composed at once
FOLDS = 5


@dataclass(frozen=True, eq=False)
class ConceptReader:
    """Linear discriminants (Fisher 1936) on the features of the judge, fitted on real pictures.

    The pictures pass through the model's autoencoder, whose traces are in every generated picture.

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
        return torch.from_numpy(self.things.predict(features(self.judge, images)) == self.thing)

    def style_right(self, images: Tensor) -> Tensor:
        """Whether they are in the new style rather than another, bool [N]."""
        return torch.from_numpy(self.styles.predict(features(self.judge, images)) == 1)


@dataclass(frozen=True, eq=False)
class RealReading:
    """What such classifiers detect in real pictures that they were not fitted on, ``SHOWN`` of each drawing.

    Attributes:
        thing: whether the thing is detected in pictures of it by other artists than those of the fit, bool [M, SHOWN].
        style: whether the style is detected in pictures in it of other objects than those of the fit, bool [M, SHOWN].
        not_style: the same of pictures by other artists, where it is wrong, bool [M, SHOWN].
    """

    thing: Tensor
    style: Tensor
    not_style: Tensor


@dataclass(frozen=True, eq=False)
class RealPictures:
    """Features of real pictures, float64 [N, D], and what they show: thing and style, int64 [N].

    ``SHOWN`` pictures of a drawing follow one another.
    """

    features: Any
    thing: Any
    style: Any


def fit_reader(
    model: TextToImage,
    judge: PictureJudge,
    pictures: PictureSet,
    concept: tuple[int, int],
    learned_from: Tensor,
    params: Params,
) -> tuple[ConceptReader, RealReading]:
    """Fit both classifiers on real pictures.

    That of the thing is fitted on the held-out things and on all things that the model knows, that of the style on
    all objects drawn in it, in and out of the style, the new thing among them.

    Args:
        concept: indices of the new thing and of the new style.
        learned_from: drawings that the words are learned from, int64 [K]; they are left out.
    """
    thing, style = concept
    learned = known_things(pictures, params.model, params.things)
    known = {*pictures.held_out.things, *learned, thing} - pictures.held_out.showing
    rows = torch.nonzero(torch.isin(pictures.thing, torch.tensor(sorted(known)))).flatten()
    things = read_real(model, judge, pictures, without(rows, learned_from), params.seed)
    rows = without(style_examples(pictures, concept, params.seed), learned_from)
    styles = read_real(model, judge, pictures, rows, params.seed)
    in_style = (styles.style == style).astype(np.int64)
    by_thing, by_style = discriminant(), discriminant([0.5, 0.5])
    reader = ConceptReader(
        judge, by_thing.fit(things.features, things.thing), by_style.fit(styles.features, in_style), thing
    )
    of_thing = held_out_predictions(discriminant(), things.features, things.thing, groups=things.style)
    of_style = held_out_predictions(discriminant([0.5, 0.5]), styles.features, in_style, groups=styles.thing)
    parts = (
        of_thing[things.thing == thing] == thing,
        of_style[in_style == 1] == 1,
        of_style[in_style == 0] == 1,
    )
    return reader, RealReading(*(torch.from_numpy(part).unflatten(0, (-1, SHOWN)) for part in parts))


def without(rows: Tensor, others: Tensor) -> Tensor:
    """Those of ``rows`` that are none of ``others``."""
    return rows[~torch.isin(rows, others)]


def style_examples(pictures: PictureSet, concept: tuple[int, int], seed: int) -> Tensor:
    """All drawings in the style, as many of the same things by other artists, and all of the new thing, int64 [M]."""
    thing, style = concept
    mine = torch.nonzero(pictures.style == style).flatten()
    same = torch.isin(pictures.thing, pictures.thing[mine]) & (pictures.style != style)
    others = torch.nonzero(same).flatten()
    order = torch.randperm(len(others), generator=generator(seed, "personalize style examples", 0))
    new = torch.nonzero(pictures.thing == thing).flatten()
    return torch.cat([mine, others[order[: len(mine)]], new]).unique()


def discriminant(priors: list[float] | None = None) -> LinearDiscriminantAnalysis:
    """Linear discriminant analysis with a shrunken covariance (Ledoit and Wolf 2004)."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=priors)


def held_out_predictions(classifier: Any, rows: Any, labels: Any, groups: Any) -> Any:
    """The label predicted for each row by a classifier that was fitted on other groups, [N]."""
    folds = GroupKFold(min(FOLDS, len(np.unique(groups))))
    return cross_val_predict(classifier, rows, labels, groups=groups, cv=folds)


def read_real(model: TextToImage, judge: PictureJudge, pictures: PictureSet, rows: Tensor, seed: int) -> RealPictures:
    """Compose drawings, int64 [K], on all scenes, ``SHOWN`` pictures each, and read them after the autoencoder."""
    drawn = rows.repeat_interleave(SHOWN)
    scenes = torch.arange(len(drawn)) % len(SCENES)
    random = generator(seed, "personalize fitted", 0)
    recipe = centred(draw_recipe(pictures, drawn, random, side="train", scene=scenes))
    parts = []
    for start in range(0, len(drawn), PART):
        images = compose_for(model, pictures, recipe[start : start + PART])
        parts.append(features(judge, through_autoencoder(model, images)))
    return RealPictures(np.concatenate(parts), pictures.thing[drawn].numpy(), pictures.style[drawn].numpy())


def features(judge: PictureJudge, images: Tensor) -> Any:
    """The judge's features of pictures uint8 [N, 3, H, W], float64 [N, D]."""
    return read(judge, images).features.double().numpy()
