"""The folder of labelled pictures, in styles that CLIP never sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet
from rediffuse.pipeline.compute import generator

Pixels = npt.NDArray[np.uint8]


class LabelledPicture(NamedTuple):
    """A picture of the folder: its file, uint8 [64, 64, 3], and its drawing as artist and row, ``twemoji/17``."""

    file: str
    pixels: Pixels
    drawing: str


def labelled_pictures(pictures: PictureSet, images: int, seed: int) -> Iterator[LabelledPicture]:
    """Compose the pictures, class after class.

    Picture ``id`` of a class depends on seed, class and id alone. Styles and scenes take turns; all are sharp,
    on backgrounds that no model is trained on, some in pairs of thing and scene that none has seen.
    """
    unseen = pictures.rows("clip", "test")
    for name in pictures.classes:
        drawings = unseen[pictures.thing[unseen] == pictures.things.index(name)]
        first = int(torch.randint(len(SCENES), (1,), generator=generator(seed, f"labelled/{name}/first scene", 0)))
        for index in range(images):
            drawing = drawings[index % len(drawings)][None]
            # Whole rounds of the scenes, shifted by one each, so that every drawing comes to every scene.
            scene = torch.tensor([(first + index + index // len(SCENES)) % len(SCENES)])
            random = generator(seed, f"labelled/{name}", index)
            recipe = draw_recipe(pictures, drawing, random, side="test", scene=scene)
            picture = compose(pictures, recipe, SIZE, "test")[0]
            artist = pictures.styles[int(pictures.style[drawing])]
            pixels = picture.permute(1, 2, 0).numpy()
            yield LabelledPicture(f"{file_word(name)}_{index}.png", pixels, f"{artist}/{int(drawing)}")


def file_word(name: str) -> str:
    """A class as its files and id2label.json write it: ``palm_tree``."""
    return name.replace(" ", "_")
