"""Backgrounds: each alone, the sides apart, scenes that can be told apart."""

from __future__ import annotations

import numpy as np

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.data.sources.pictures.scenes import make_backgrounds, paint


def test_a_background_is_the_same_alone_and_the_sides_share_none() -> None:
    train, test = make_backgrounds("train", 3, 0), make_backgrounds("test", 3, 0)
    assert train.shape == (len(SCENES), 3, 64, 64, 3)
    assert train.dtype == np.uint8
    for index, scene in enumerate(SCENES):
        assert (paint(scene, "train", 2, 0) == train[index, 2]).all()
        every = [picture.tobytes() for side in (train, test) for picture in side[index]]
        assert len(set(every)) == 6, scene
    assert (train[1:] != make_backgrounds("train", 3, 1)[1:]).any(axis=(2, 3, 4)).all()


def test_scenes_look_as_they_are_called() -> None:
    pictures = dict(zip(SCENES, make_backgrounds("train", 8, 0).astype(float), strict=True))
    top, bottom = (
        {name: part[:, rows].mean((1, 2)) for name, part in pictures.items()} for rows in (slice(0, 20), slice(52, 64))
    )
    assert (pictures["night"].mean((1, 2, 3)) < 90).all()
    assert (pictures["snow"].mean((1, 2, 3)) > 170).all()
    assert (bottom["snow"].min(-1) > 215).all(), "white ground"
    assert (bottom["day"].argmax(-1) == 1).all(), "green ground"
    assert (top["day"].argmax(-1) == 2).all(), "blue sky"
    assert (bottom["beach"][:, 0] > bottom["beach"][:, 2] + 40).all(), "yellow sand"
    middle = pictures["beach"][:, 28:34, 10:54].mean((1, 2))
    assert (middle[:, 2] > middle[:, 0] + 40).all(), "blue sea"
    steps = np.abs(np.diff(pictures["plain"], axis=1)).max((1, 2, 3))
    assert (steps <= 6).all(), "nothing in it"
