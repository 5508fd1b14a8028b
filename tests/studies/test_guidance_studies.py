"""The studies of ranking and guidance: what they compute, and that their pictures hang on nothing else."""

from __future__ import annotations

import colorsys
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.measures import clipped, diversity, over_prompts, saturation, share_of
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.real_pictures import real_pictures
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a3_generate_ranked.plots import closest_first
from rediffuse.studies.a3_generate_ranked.study import best_of, rank_correlations
from rediffuse.studies.a7_sweep_guidance.best import other_prompts
from rediffuse.studies.a7_sweep_guidance.params import Params
from rediffuse.studies.a7_sweep_guidance.study import CELLS, Point, best_scale, cell_states, run_strip, sweep_prompts
from rediffuse.studies.a9_refinement.params import Params as RefineParams
from rediffuse.studies.a9_refinement.study import reported_prompts
from tests.support.small_text2image import load_small, save_small_pipeline

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, pictures: PictureSet) -> TextToImage:
    folder = tmp_path_factory.mktemp("pipeline")
    save_small_pipeline(folder, pictures)
    return load_small(folder, batch_size=3)


def sweep_params(**changes: Any) -> Params:
    section = read_yaml(ROOT / "params.yaml")["sweep_guidance"]
    section["words"]["things"] = 8
    section["drawing"] |= {"num_inference_steps": 2, "guidance_scale": 3.0}
    section["sweep"] |= {"guidance_scales": [1.0, 3.0], "prompts": 3}
    section["best"] |= {"prompts": 4, "pictures_per_prompt": 2}
    section |= {"negative_prompt": "blurry", "suffix": ", best quality", "strip_prompts": ["a cat", "a dog"]}
    for path, value in changes.items():
        place, _, key = path.rpartition("__")
        (section[place] if place else section)[key] = value
    return Params(**section)


def test_saturation_is_that_of_colorsys() -> None:
    images = torch.randint(0, 256, (2, 3, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    images[0, :, 0, 0] = 0
    for image, found in zip(images.numpy() / 255, saturation(images).tolist(), strict=True):
        expected = np.mean([colorsys.rgb_to_hsv(*image[:, y, x])[1] for y in range(4) for x in range(4)])
        assert found == pytest.approx(expected, abs=1e-6)


def test_clipped_counts_both_ends() -> None:
    image = torch.full((1, 3, 2, 2), 7, dtype=torch.uint8)
    image[0, 0, 0, 0], image[0, 1, 1, 1], image[0, 2, 0, 1] = 0, 255, 254
    assert clipped(image).tolist() == pytest.approx([2 / 12])


def test_diversity_is_the_mean_of_all_pairs() -> None:
    features = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(1))
    for rows, found in zip(features.tolist(), diversity(features).tolist(), strict=True):
        pairs = [math.dist(a, b) for a, b in itertools.combinations(rows, 2)]
        assert found == pytest.approx(sum(pairs) / len(pairs), rel=1e-5)


def test_intervals_are_over_prompts_and_not_over_pictures() -> None:
    right = torch.tensor([[True] * 4, [False] * 4, [True] * 4, [False, True, False, False]])
    found = share_of(right)
    clustered = intervals.clustered_proportion(right.flatten().numpy(), np.arange(4).repeat(4))
    assert found == {"mean": 9 / 16, "low": clustered["low"], "high": clustered["high"], "n": 4}
    more = share_of(right.repeat(1, 9))
    assert (more["low"], more["high"]) == pytest.approx((found["low"], found["high"])), "still four prompts"
    expected = intervals.mean([1.0, 0.0, 1.0, 0.25])
    assert over_prompts(right.repeat(1, 9).float())["low"] == pytest.approx(expected["low"])
    assert share_of(torch.ones(6, 8, dtype=torch.bool)) == intervals.proportion([True] * 6)


def test_one_picture_a_prompt_has_wilsons_interval() -> None:
    right = torch.tensor([True, True, True, False, True])
    assert share_of(right) == pytest.approx(intervals.proportion(right.numpy()))
    assert share_of(right[:, None]) == pytest.approx(intervals.proportion(right.numpy()))


def test_best_of_is_that_of_a_plain_loop() -> None:
    random = torch.Generator().manual_seed(2)
    scores, right = torch.rand(5, 8, generator=random), torch.rand(5, 8, generator=random) < 0.5
    for n in (1, 2, 4, 8):
        for row, found in enumerate(best_of(scores, right, n).tolist()):
            groups = [range(start, start + n) for start in range(0, 8, n)]
            chosen = [max(group, key=lambda place: float(scores[row, place])) for group in groups]
            assert found == [bool(right[row, place]) for place in chosen]
    assert torch.equal(best_of(scores, right, 1), right)


def test_rank_correlation_leaves_out_what_does_not_vary() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    values = torch.tensor([[0.1, 0.2, 0.9], [0.9, 0.2, 0.1], [0.1, 0.2, 0.3]])
    assert rank_correlations(scores, values).tolist() == pytest.approx([1.0, -1.0])
    assert closest_first(torch.tensor([0.2, 0.9, 0.9, 0.5])).tolist() == [1, 2, 3, 0]


def test_the_best_scale_is_the_one_nearest_by_clip_and_the_lowest_of_equals_whatever_the_judge_reads() -> None:
    def point(cosine: tuple[float, float], right: bool) -> Point:
        nothing = torch.zeros(1, 2)
        return Point(torch.tensor([cosine]), torch.tensor([[right, right]]), nothing, nothing, nothing[:, 0])

    plain = {5.0: point((0.5, 0.25), False), 3.0: point((0.25, 0.5), False), 1.0: point((0.5, 0.0), True)}
    others = {1.0: point((1.0, 1.0), True), 3.0: point((0.0, 0.0), False), 5.0: point((0.0, 0.0), False)}
    assert best_scale({"plain": plain, "suffix": others}) == 3.0


def test_each_cell_is_told_its_own_words(model: TextToImage) -> None:
    params = sweep_params()
    told, negative = (part.chunk(len(CELLS)) for part in cell_states(model, ("a cat", "a dog"), params))
    bare, suffixed = (model.text_states([f"a cat{end}", f"a dog{end}"]) for end in ("", ", best quality"))
    empty, blurry = model.text_states([""])[0], model.text_states(["blurry"])[0]
    for cell, states, against in zip(CELLS, told, negative, strict=True):
        assert torch.equal(states, suffixed if cell in ("suffix", "both") else bare)
        assert torch.equal(against[1], blurry if cell in ("negative", "both") else empty)


def test_a_strip_is_the_same_whatever_else_is_drawn(model: TextToImage) -> None:
    both = run_strip(model, sweep_params())
    alone = run_strip(model, sweep_params(strip_prompts=["a cat"], sweep__guidance_scales=[3.0, 5.0]))
    assert both.shape == (2, 2, 3, 32, 32)
    assert torch.equal(both[1, 0], alone[0, 0])
    assert not torch.equal(both[0], both[1])


def test_the_best_part_asks_nothing_that_chose_the_scale(pictures: PictureSet) -> None:
    params = sweep_params(best__prompts=40, sweep__prompts=40)
    chosen, used = other_prompts(pictures, params), sweep_prompts(pictures, params)
    assert len(chosen) == 40 and not set(chosen.texts) & set(used.texts)
    with pytest.raises(InputError, match="leaves no others"):
        other_prompts(pictures, sweep_params(best__prompts=2, sweep__prompts=4000))


def test_refinement_reports_no_prompt_that_chose_its_learning_rate(pictures: PictureSet) -> None:
    section = read_yaml(ROOT / "params.yaml")["refine_with_clip"]
    section["words"]["things"] = 8
    params = RefineParams(**{**section, "prompts": 40, "validation_prompts": 40})
    chosen_by = draw_prompts(
        pictures, params.words, learned_things(pictures, 8), 40, params.seed, "refine_with_clip choosing"
    )
    found = reported_prompts(pictures, chosen_by, params)
    assert len(found) == len(found.thing) == 40 and not set(found.texts) & set(chosen_by.texts)
    every = draw_prompts(pictures, params.words, learned_things(pictures, 8), 4000, 0, "all of them")
    with pytest.raises(InputError, match="only 0 differ from those that choose the learning rate"):
        reported_prompts(pictures, every, params)


def test_real_pictures_hang_on_their_number_and_prompt_alone(pictures: PictureSet) -> None:
    prompts = draw_prompts(pictures, sweep_params().words, learned_things(pictures, 8), 6, 0, "test")
    images = real_pictures(pictures, prompts, 32, 1)
    first = Prompts(prompts.texts[:2], *(part[:2] for part in (prompts.thing, prompts.scene, prompts.style)))
    assert images.shape == (6, 3, 32, 32) and images.dtype == torch.uint8
    assert torch.equal(images[:2], real_pictures(pictures, first, 32, 1))
    assert not torch.equal(images[:2], real_pictures(pictures, first, 32, 2))
