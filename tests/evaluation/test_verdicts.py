"""The verdict is on what was asked for, whatever order the judge keeps its names in."""

from __future__ import annotations

import pytest
import torch

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.prompts import ANY_STYLE, Prompts
from rediffuse.evaluation.verdicts import judged
from rediffuse.models.picture_judge.model import PictureJudge, read

COUNT = 24


@pytest.fixture
def judge(pictures: PictureSet) -> PictureJudge:
    """Its names stand in another order than the picture set's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = PictureJudge(
            list(reversed(pictures.things)), list(reversed(SCENES)), ["one"], 16, widths=(8, 16, 16), blocks=(1, 1, 1)
        )
        for head in made.heads.values():
            torch.nn.init.normal_(head.weight)
    return made.eval()


def test_the_verdict_is_what_the_judge_says_of_what_was_asked(pictures: PictureSet, judge: PictureJudge) -> None:
    random = torch.Generator().manual_seed(0)
    images = torch.randint(256, (COUNT, 3, 16, 16), generator=random, dtype=torch.uint8)
    said = read(judge, images)
    thing, scene = (torch.randint(top, (COUNT,), generator=random) for top in (12, 5))
    for row in range(0, COUNT, 2):  # every other one is what the judge will say
        thing[row] = pictures.things.index(judge.config.things[int(said.things[row].argmax())])
        scene[row] = SCENES.index(judge.config.scenes[int(said.scenes[row].argmax())])
    verdict = judged(judge, pictures, images, Prompts(("x",) * COUNT, thing, scene, torch.full((COUNT,), ANY_STYLE)))
    assert verdict.thing[::2].all() and verdict.scene[::2].all()
    assert not verdict.thing.all() and not verdict.scene.all()
    for row in range(COUNT):
        known = judge.config.things[int(said.things[row].argmax())]
        assert bool(verdict.thing[row]) == (known == pictures.things[thing[row]])
        place = judge.config.things.index(pictures.things[thing[row]])
        assert float(verdict.thing_probability[row]) == float(said.things[row, place])
        assert bool(verdict.scene[row]) == (judge.config.scenes[int(said.scenes[row].argmax())] == SCENES[scene[row]])
    assert torch.equal(verdict.reading.features, said.features)
