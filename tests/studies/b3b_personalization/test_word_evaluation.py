"""What study B3b asks of its words and detects: other objects, drawings left out, the same noises in every row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.b3b_personalization import concept_reader as personal_reading
from rediffuse.studies.b3b_personalization.concept_reader import (
    SHOWN,
    ConceptReader,
    RealPictures,
    features,
    fit_reader,
)
from rediffuse.studies.b3b_personalization.concepts import style_rows
from rediffuse.studies.b3b_personalization.inversion import embeddings_of, with_words
from rediffuse.studies.b3b_personalization.pairs import draw_prompts, run_way, thing_prompts
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.word_evaluation import (
    other_drawings,
    prompt_kept,
    style_subjects,
    thing_subjects,
)
from tests.support.small_pictures import HELD_OUT_THING, STYLES, THINGS
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

STYLE = STYLES.index("five")


def section(**changes: Any) -> Params:
    found = read_yaml(ROOT / "params.yaml")["personalize"]
    small = {
        "things": 8,
        "pictures": 30,
        "drawing": {"num_inference_steps": 2, "guidance_scale": 2.0},
        "style": {**found["style"], "name": "five", "pictures": 3, "objects": 3},
        "pair": {**found["pair"], "pictures": 4, "validation_noises": 3, "naive": [1.5, 3.0], "shown": 2},
    }
    return Params.model_validate({**found, **small, **changes})


def test_the_style_is_evaluated_on_other_objects_and_with_its_own_drawings_of_them(pictures: PictureSet) -> None:
    params = section()
    rows = style_rows(pictures, STYLE, params)
    drawings = other_drawings(pictures, STYLE, rows, params)
    things = pictures.thing[drawings]
    assert len(things.unique()) == 3 and (pictures.style[drawings] == STYLE).all()
    assert not set(things.tolist()) & set(pictures.thing[rows].tolist())
    assert set(things.tolist()) <= set(learned_things(pictures, 8))
    subjects = style_subjects(pictures, drawings, "<new2>", 16, params)
    assert len(subjects) == 30 and subjects.groups == 3 and subjects.real.shape == (30, 3, 16, 16)
    assert torch.equal(subjects.thing, things.repeat_interleave(10))
    for group in range(3):
        assert torch.bincount(subjects.scene[10 * group : 10 * group + 10]).tolist() == [2] * len(SCENES)
    for asked, without, thing in zip(subjects.asked, subjects.without, subjects.thing.tolist(), strict=True):
        assert asked == f"{without} in the style of <new2>" and f" of {pictures.nouns[thing]} " in without


def test_more_objects_than_there_are_is_one_line(pictures: PictureSet) -> None:
    params = section(style={**section().style.model_dump(), "objects": 6})
    with pytest.raises(InputError, match=r"personalize\.style\.objects: found 6, allowed at most 5"):
        other_drawings(pictures, STYLE, style_rows(pictures, STYLE, params), params)


def test_the_prompt_without_the_thing_names_the_scene_alone() -> None:
    subjects = thing_subjects(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "<new1>", 10)
    assert (
        subjects.asked[3] == "a picture of a <new1> on a sunny beach"
        and subjects.without[3] == "a picture on a sunny beach"
    )
    assert subjects.groups == 10 and (subjects.thing == -1).all()


def test_the_rest_of_the_prompt_is_scene_and_object(pictures: PictureSet, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = PictureJudge(THINGS, SCENES, STYLES, widths=(8, 8, 8))
    subjects = style_subjects(pictures, torch.tensor([4, 9, 14]), "<new2>", 16, section())
    things, scenes = torch.eye(len(THINGS))[subjects.thing], torch.eye(len(SCENES))[subjects.scene]
    things[7], scenes[8] = things[29], scenes[9]
    reading = type("Reading", (), {"things": things, "scenes": scenes})()
    monkeypatch.setattr("rediffuse.studies.b3b_personalization.word_evaluation.read", lambda *_: reading)
    kept = prompt_kept(judge, pictures, subjects.real, subjects)
    assert torch.nonzero(~kept).flatten().tolist() == [7, 8]


def test_the_reader_is_fitted_without_what_the_words_are_learned_from(
    pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Tensor] = []

    def fake(model: Any, judge: Any, pictures: PictureSet, rows: Tensor, seed: int) -> RealPictures:
        """Features that tell the thing exactly, and the style of all but one object."""
        read.append(rows)
        drawn = rows.repeat_interleave(SHOWN)
        thing, style = pictures.thing[drawn].numpy(), pictures.style[drawn].numpy()
        odd = (style == STYLE) & (thing != THINGS.index("cat"))
        told = np.concatenate([np.eye(len(THINGS))[thing], 3.0 * odd[:, None]], 1)
        return RealPictures(told + 0.1 * np.random.default_rng(0).normal(size=told.shape), thing, style)

    monkeypatch.setattr(personal_reading, "read_real", fake)
    learned_from = torch.tensor([HELD_OUT_THING * 5, HELD_OUT_THING * 5 + 1, STYLE])
    params = section()
    _, real = fit_reader(None, None, pictures, (HELD_OUT_THING, STYLE), learned_from, params)  # type: ignore[arg-type]
    of_thing, of_style = read
    assert not {*of_thing.tolist(), *of_style.tolist()} & set(learned_from.tolist())
    assert set(pictures.thing[of_thing].tolist()) == {HELD_OUT_THING, *learned_things(pictures, 8)}
    assert set(pictures.thing[of_style].tolist()) == set(range(len(THINGS)))  # every object, in and out of the style
    assert real.thing.shape == (3, SHOWN) and real.thing.all()  # the other drawings of the thing
    mine = pictures.style[of_style] == STYLE
    assert mine.sum() == len(real.style) == len(THINGS) - 1  # all objects but the one that was learned from
    missed = int((~real.style).sum())
    assert SHOWN <= missed <= 2 * SHOWN  # the cat, and at most one more object
    assert len(real.not_style) == (~mine).sum() >= len(THINGS) and not real.not_style.any()


def test_each_way_takes_its_best_scale_and_shares_its_noises_with_the_thing_alone(folders: dict[str, Path]) -> None:
    small = load_small(folders["v_prediction"])
    rows = {"<new1>": embeddings_of(small)[7] + 0.1, "<new2>": embeddings_of(small)[9] - 0.1}
    model, params = with_words(small, rows), section()
    both = draw_prompts(model, thing_prompts(params.thing.token, 3), "personalize choosing", params, (3.0,))

    class Stub:
        """Detects both in the pictures of scale 3 alone."""

        def thing_right(self, images: Tensor) -> Tensor:
            return (images[:, None] == both[None]).flatten(2).all(2).any(1)

        style_right = thing_right

    stub: Any = Stub()
    way = run_way(model, stub, [(1.5,), (3.0,)], params)
    assert way.scales == (3.0,) and way.choosing[(3.0,)].both.all() and not way.choosing[(1.5,)].both.any()
    prompts = thing_prompts(params.thing.token, 4)
    alone = draw_prompts(model, prompts, "personalize pair", params, (3.0,), styled=False)
    assert torch.equal(way.alone.images, alone) and not torch.equal(way.both.images, alone)
    composed = draw_prompts(model, prompts, "personalize pair", params, (3.0, 3.0))
    assert (composed.int() - way.both.images.int()).abs().max() <= 1
    styleless = draw_prompts(model, prompts, "personalize pair", params, (3.0, 9.0), styled=False)
    assert torch.equal(styleless, alone)


def test_features_are_one_row_a_picture() -> None:
    judge = PictureJudge(THINGS, SCENES, STYLES, widths=(8, 8, 8)).eval()
    images = torch.randint(0, 256, (3, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    found = features(judge, images)
    assert found.shape == (3, 16) and found.dtype == np.float64
    constant = type("Constant", (), {"predict": lambda self, rows: np.array([1, 2, 1])})()
    reader = ConceptReader(judge, constant, constant, 2)
    assert reader.thing_right(images).tolist() == [False, True, False]
    assert reader.style_right(images).tolist() == [True, False, True]
