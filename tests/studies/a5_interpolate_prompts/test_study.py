"""Study A5: the ends are plain drawings, the noise is one, and evenness is what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.models.clip.embedding import Clip, image_embeds, text_embeds
from rediffuse.models.clip.network import make_image_processor
from rediffuse.models.picture_judge.model import PictureJudge, read
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a5_interpolate_prompts.params import Params
from rediffuse.studies.a5_interpolate_prompts.reading import KINDS, Kind, known_words, read_ways, reading_metrics
from rediffuse.studies.a5_interpolate_prompts.study import Way, Ways, evenness, run_ways, ways_metrics
from tests.support.small_pictures import STYLES, THINGS
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

PAIRS: list[dict[str, Any]] = [
    {"start": "a cat by day", "end": "a cat at night", "scenes": ["day", "night"], "things": None},
    {"start": "a dog", "end": "a bear in the snow", "scenes": ["plain", "snow"], "things": ["dog", "bear"]},
]


@pytest.fixture(scope="module")
def params() -> Params:
    section = read_yaml(ROOT / "params.yaml")["interpolate_prompts"]
    small = {"pairs": PAIRS, "pictures_per_pair": 2, "points": 3, "batch_size": 4}
    return Params(**{**section, **small, "drawing": {"num_inference_steps": 3, "guidance_scale": 3.0}})


@pytest.fixture(scope="module")
def reader(clip: Clip) -> Clip:
    """The untrained CLIP, which is now shown pictures."""
    return replace(clip, image_processor=make_image_processor(clip.image_size))


@pytest.fixture(scope="module")
def result(folders: dict[str, Path], reader: Clip, params: Params) -> Ways:
    return run_ways(load_small(folders["v_prediction"]), reader, params)


def test_the_ends_are_plain_drawings(result: Ways, folders: dict[str, Path], params: Params) -> None:
    model = load_small(folders["v_prediction"])
    for pair, told in enumerate(PAIRS):
        for noise in range(2):
            x_T = model.noise(params.seed, "interpolate_prompts", range(2 * pair + noise, 2 * pair + noise + 1))
            for place, key in ((0, "start"), (-1, "end")):
                states = model.text_states([told[key]])
                plain = model.draw(states, model.text_states([""]), x_T, params.drawing)
                for way in result.ways.values():
                    assert torch.equal(way.images[pair, noise, place], plain[0])


def test_the_middle_is_another_picture(result: Ways) -> None:
    images = result.ways["slerp"].images
    assert not torch.equal(images[:, :, 1], images[:, :, 0]) and not torch.equal(images[:, :, 1], images[:, :, 2])


def test_what_is_measured(result: Ways, reader: Clip) -> None:
    way = result.ways["lerp"]
    embeds = image_embeds(reader, way.images[1, 0])
    wanted = embeds @ text_embeds(reader, [PAIRS[1]["end"]])[0]
    assert torch.allclose(way.end[1, 0], wanted, atol=1e-5)
    assert torch.allclose(way.steps[1, 0], (embeds[1:] - embeds[:-1]).norm(dim=1), atol=1e-5)


def test_the_metrics_have_the_keys_of_the_page(result: Ways, params: Params) -> None:
    metrics = ways_metrics(result, params)
    assert set(metrics["evenness"]) == {"lerp", "slerp"} and metrics["n"] == 4 and metrics["pairs"] == 2
    even = evenness(result.ways["slerp"].steps.double())
    assert metrics["evenness"]["slerp"]["mean"] == pytest.approx(float(even.mean()))
    assert list(metrics["similarity"]["lerp"]) == ["alpha_0", "alpha_0_5", "alpha_1"]
    first, last = (metrics["similarity"]["slerp"][f"alpha_{end}"] for end in (0, 1))
    for key in ("start", "end"):
        assert metrics["passes"][key]["mean"] == pytest.approx(last[key]["mean"] - first[key]["mean"], abs=1e-6)


def test_the_middle_is_compared_with_the_ends_pair_by_pair(params: Params) -> None:
    steps = torch.tensor([[1.0, 4.0, 2.0, 3.0], [2.0, 6.0, 6.0, 2.0]])[:, None]  # inner less outer: 1 and 4
    flat = torch.zeros(2, 1, 5)
    way = Way(torch.zeros(2, 1, 5, 3, 8, 8, dtype=torch.uint8), flat, flat, steps)
    found = ways_metrics(Ways(torch.linspace(0, 1, 5), {"lerp": way, "slerp": way}, torch.zeros(2)), params)["middle"]
    assert found["mean"] == pytest.approx(2.5) and found["high"] - found["mean"] == pytest.approx(
        1.5 * 12.706, rel=1e-3
    )


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([2.0, 2.0, 2.0, 2.0], 1.0),
        ([0.0, 5.0, 0.0, 0.0], 0.0),
        ([0.0, 0.0, 0.0, 0.0], 1.0),
        ([1.0, 1.0, 0.0, 0.0], 1 / 3),
    ],
)
def test_evenness(steps: list[float], wanted: float) -> None:
    assert evenness(torch.tensor(steps, dtype=torch.float64)).item() == pytest.approx(wanted)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 10), min_size=2, max_size=12), st.floats(0.1, 50))
def test_evenness_knows_no_unit_and_no_order(steps: list[float], unit: float) -> None:
    row: Tensor = torch.tensor(steps, dtype=torch.float64)
    found = evenness(row).item()
    assert -1e-9 <= found <= 1 + 1e-9
    assert evenness(row * unit).item() == pytest.approx(found, abs=1e-9)
    assert evenness(row.flip(0)).item() == pytest.approx(found, abs=1e-9)


@pytest.fixture(scope="module")
def judge() -> PictureJudge:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return PictureJudge(THINGS, SCENES, STYLES, widths=(8, 8, 8)).eval()


def test_the_judge_reads_what_each_pair_changes(result: Ways, judge: PictureJudge, params: Params) -> None:
    words: dict[Kind, Tensor] = {kind: known_words(judge, params, kind) for kind in KINDS}
    assert words["scene"].tolist() == [[1, 2], [0, 4]] and words["thing"].tolist() == [[3, 1]]
    tracks = read_ways(judge, result, words, params)
    assert set(tracks) == {"scene"}  # of things there is one pair, and so no interval over pairs
    scenes = read(judge, result.ways["slerp"].images[1, 1]).scenes  # [A, scenes], alone and not among others
    track = tracks["scene"]
    for found, wanted in ((track.start, scenes[:, 0]), (track.end, scenes[:, 4]), (track.surest, scenes.amax(1))):
        assert torch.allclose(found[1, 1], wanted, atol=1e-5)
    metrics = reading_metrics(result, tracks, params)
    expected = (track.surest[:, :, 1] - (track.surest[:, :, 0] + track.surest[:, :, 2]) / 2).mean()
    assert metrics["judge"]["scene"]["dip"]["mean"] == pytest.approx(float(expected), abs=1e-6)
    assert metrics["by_change"] == {}  # the second pair changes both, which leaves one of scenes alone


def test_evenness_by_change_is_of_pairs_that_change_nothing_else(result: Ways, params: Params) -> None:
    steps = torch.tensor([[[1.0, 1.0]], [[0.0, 3.0]], [[1.0, 3.0]]])
    way = Way(torch.zeros(3, 1, 3, 3, 8, 8, dtype=torch.uint8), steps, steps, steps)
    pairs = [PAIRS[0], PAIRS[1], {**PAIRS[0], "end": "a cat"}]
    changed = Params.model_validate({**params.model_dump(), "pairs": pairs})
    found = reading_metrics(Ways(result.alphas, {"slerp": way}, result.angle), {}, changed)["by_change"]
    assert set(found) == {"scene"} and found["scene"]["pairs"] == 2
    assert found["scene"]["evenness"]["mean"] == pytest.approx((1 + 0.5) / 2)
    assert found["scene"]["largest_step"]["mean"] == pytest.approx((0.5 + 0.75) / 2)


def test_evenness_of_scenes_and_of_things_is_compared_over_their_own_pairs(result: Ways, params: Params) -> None:
    steps = torch.tensor([[[1.0, 1.0]], [[0.0, 3.0]], [[1.0, 3.0]], [[1.0, 4.0]], [[2.0, 3.0]]])
    way = Way(torch.zeros(5, 1, 3, 3, 8, 8, dtype=torch.uint8), steps, steps, steps)
    thing = {"start": "a cat", "end": "a bear", "scenes": None, "things": ["cat", "bear"]}
    changed = Params.model_validate({**params.model_dump(), "pairs": [PAIRS[0], PAIRS[1], PAIRS[0], thing, thing]})
    found = reading_metrics(Ways(result.alphas, {"slerp": way}, result.angle), {}, changed)["scene_less_thing"]
    # Scenes have 1 and 0.5, things 0.4 and 0.8: the pair that changes both takes no part.
    wanted = stats.ttest_ind([1, 0.5], [0.4, 0.8], equal_var=False).confidence_interval(0.95)
    assert found["mean"] == pytest.approx(0.15)
    assert (found["low"], found["high"]) == pytest.approx((max(-1, wanted.low), min(1, wanted.high)))


def test_a_word_that_the_judge_does_not_know(judge: PictureJudge, params: Params) -> None:
    pairs = [PAIRS[0], {**PAIRS[1], "things": ["dog", "unicorn"]}]
    with pytest.raises(InputError, match=r"interpolate_prompts\.pairs\.1\.things: found 'unicorn'"):
        known_words(judge, Params.model_validate({**params.model_dump(), "pairs": pairs}), "thing")
