"""A picture set with the real tables of things, styles and splits, and no pictures."""

from __future__ import annotations

from functools import cache

import torch

from rediffuse.data.pictures.dataset import SCENES, SIZE, HeldOut, PictureSet
from rediffuse.data.sources.pictures.drawings import artist_sets
from rediffuse.data.sources.pictures.splits import ANIMALS, CLASSES, SHOWING, STYLES, THINGS, held_out_pairs
from rediffuse.data.sources.pictures.vocabulary import vocabulary


@cache
def real_tables() -> PictureSet:
    things, styles = vocabulary(), [artist.style for artist in artist_sets()]
    names = [thing.name for thing in things]
    rows = [
        (index, place)
        for place, style in enumerate(styles)
        for index, thing in enumerate(things)
        for _ in thing.drawings.get(style, ())
    ]
    thing, style = torch.tensor(rows).unbind(1)
    return PictureSet(
        rgba=torch.zeros(1, 4, SIZE, SIZE, dtype=torch.uint8).expand(len(rows), -1, -1, -1),
        thing=thing,
        style=style,
        backgrounds={
            "train": torch.zeros(len(SCENES), 8, 3, SIZE, SIZE, dtype=torch.uint8),
            "test": torch.zeros(len(SCENES), 3, 3, SIZE, SIZE, dtype=torch.uint8),
        },
        things=tuple(names),
        nouns=tuple(thing.noun for thing in things),
        styles=tuple(styles),
        held_out=HeldOut(
            styles={who: frozenset(styles.index(name) for name in held) for who, held in STYLES.items()},
            things=frozenset(names.index(name) for name in (*THINGS, *SHOWING)),
            pairs=frozenset(
                (names.index(thing), SCENES.index(scene)) for thing, scene in held_out_pairs(names, SCENES)
            ),
            showing=frozenset(names.index(name) for name in SHOWING),
        ),
        classes=CLASSES,
        animals=ANIMALS,
    )
