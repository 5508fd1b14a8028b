"""Painted animals stand in for drawings of the same animals alone, as often as asked, and in no captioned picture."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rediffuse.animals.painted import PaintedAnimals
from rediffuse.clip import training
from rediffuse.clip.stand_ins import StandIns
from rediffuse.compute import generator
from rediffuse.data.pictures import PictureSet
from tests.clip.small_clip import NOTHING, BatchesOf
from tests.small_pictures import Noted, small_pictures

SMALL = small_pictures()
EACH = 3


@given(share=st.floats(0, 1), seed=st.integers(0, 999))
def test_things_stay_and_only_painted_animals_change(share: float, seed: int) -> None:
    painted = PaintedAnimals(torch.zeros(2, EACH, 4, 64, 64, dtype=torch.uint8), ("dog", "cat"))
    stand_ins = StandIns(SMALL, painted)
    drawings = SMALL.rows("clip", "train")
    found = stand_ins.instead(drawings, share, generator(seed, "stand-ins", 0))
    assert torch.equal(stand_ins.pictures.thing[found], SMALL.thing[drawings])
    changed = found != drawings
    assert (found[changed] >= len(SMALL.thing)).all()
    assert {SMALL.things[thing] for thing in SMALL.thing[drawings[changed]].tolist()} <= {"cat", "dog"}


def test_a_share_is_painted_and_every_painting_is_met(painted: PaintedAnimals) -> None:
    stand_ins = StandIns(SMALL, painted)
    cat = torch.nonzero(SMALL.thing == SMALL.things.index("cat")).flatten()[:1].expand(4000)
    found = stand_ins.instead(cat, 0.3, generator(0, "stand-ins", 0))
    often = torch.bincount(found[found != cat] - len(SMALL.thing))
    assert int(often.sum()) == pytest.approx(1200, abs=120)
    assert len(often[often > 0]) == painted.rgba.shape[1] and float(often[often > 0].min() / often.max()) > 0.75
    for share, wanted in ((0.0, 0), (1.0, 4000)):
        assert int((stand_ins.instead(cat, share, generator(0, "stand-ins", 0)) != cat).sum()) == wanted


def test_a_painting_is_composed_where_its_row_is(painted: PaintedAnimals) -> None:
    stand_ins = StandIns(SMALL, painted)
    for index, name in enumerate(painted.animals):
        row = int(stand_ins.first[SMALL.things.index(name)]) + 1
        assert torch.equal(stand_ins.pictures.rgba[row], painted.rgba[index, 1])
        assert stand_ins.pictures.styles[int(stand_ins.pictures.style[row])] == "painted"
    assert torch.equal(stand_ins.pictures.rgba[: len(SMALL.rgba)], SMALL.rgba)


def test_captioned_pictures_are_artists_and_animals_among_the_named_are_painted(
    pictures: PictureSet,
    painted: PaintedAnimals,
    batches_of: BatchesOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Noted(monkeypatch, training)
    batches = batches_of(batch_size=40, captions=10, painted=1.0, augmentation=NOTHING)
    for step in range(20):
        batches.at(step)
    drawings = torch.stack([recipe.drawing for recipe in noted.recipes])
    own = drawings >= len(pictures.thing)
    assert not own[:, :10].any()
    animals = torch.tensor([pictures.things.index(name) for name in painted.animals])
    assert torch.equal(own[:, 10:], torch.isin(batches.pictures.thing[drawings[:, 10:]], animals))
    assert own.any()
