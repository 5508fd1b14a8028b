"""The five animals of study A1, painted by rule: what varies from artist to artist is drawn by chance.

Eight artists drew sixteen dogs, and all their dogs' faces have hanging ears; the next artist's need not.
As in domain randomization (Tobin et al. 2017, arXiv 1703.06907), a model that has met every mixture of ears, muzzles,
tails, furs and outlines looks for what a dog's are and a cat's are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from rediffuse.animals.body import paint_sitting, paint_standing
from rediffuse.animals.brush import Brush
from rediffuse.animals.canvas import Pixels
from rediffuse.animals.face import paint_face
from rediffuse.animals.head import paint_bust
from rediffuse.animals.warp import draw_warp
from rediffuse.data.pictures import SIZE
from rediffuse.data.splits import ANIMALS

_HEAD = {"cat": 0.3, "dog": 0.3, "giraffe": 0.35, "elephant": 0.2, "horse": 0.45}  # share that shows the head alone
_SITTING = {"cat": 0.12, "dog": 0.12}  # share of these that sits; all others are seen from the side
_BUST_OF_HORSE = 0.6  # share of a horse's heads that is seen from the side, with the neck
_CHUNK = 16  # pictures that a process paints before it hands them over


def painted(animal: str, count: int, seed: int) -> Iterator[Pixels]:
    """The first ``count`` pictures of one of ``ANIMALS``, RGBA uint8 [64, 64, 4].

    Each depends on the seed, the animal and its own number alone: more of them leave the first as they are.
    """
    with ProcessPoolExecutor() as pool:
        yield from pool.map(partial(_painted, animal, seed), range(count), chunksize=_CHUNK)


def _painted(animal: str, seed: int, index: int) -> Pixels:
    return paint(animal, np.random.default_rng([seed, ANIMALS.index(animal), index]), SIZE)


def paint(animal: str, random: np.random.Generator, size: int) -> Pixels:
    """One picture, RGBA uint8 [size, size, 4].

    Args:
        animal: one of ``ANIMALS``.
        random: all that varies is read from it.
    """
    brush = Brush(animal, random)
    share = random.random()
    if share >= _HEAD[animal] + _SITTING.get(animal, 0):
        paint_standing(brush, animal)
    elif share >= _HEAD[animal]:
        paint_sitting(brush, animal)
    elif animal == "giraffe" or (animal == "horse" and brush.chance(_BUST_OF_HORSE)):
        paint_bust(brush, animal)
    else:
        paint_face(brush, animal)
    warp = draw_warp(random, *brush.canvas.corners())
    return brush.canvas.moved(warp).drawn(size, brush.ink)
