"""The independent judge sees no drawing that the generator learned, and copies are found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import independent_judge, independent_training
from benchmarks.independent_judge import judge_pictures, main, ratio, share
from benchmarks.independent_training import Movement, UnlearnedBatches, moved, train_independent
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import nearest
from rediffuse.evaluation.nearest import Nearness, covered_pixels, measure_nearness, nearest_distances
from rediffuse.evaluation.prompts import ANY_STYLE, Prompts
from rediffuse.evaluation.real_pictures import sharp_recipe
from rediffuse.models.picture_judge import params as train_picture_judge
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.latents import latent_recipe
from rediffuse.models.text2image.things import learned_things, unlearned_drawings
from rediffuse.pipeline.params import read_yaml
from rediffuse.training.loop import batch_indices
from tests.support.small_pictures import Noted
from tests.support.small_text2image import load_small, save_small_pipeline

ROOT = Path(__file__).parents[2]
STILL = Movement(0, 0, 0, 0)


@pytest.fixture(scope="module")
def training() -> train_text2image.Params:
    section = read_yaml(ROOT / "params.yaml")["train_text2image"]
    return train_text2image.Params.model_validate({**section, "things": 8, "pictures": 400, "image_size": 32})


@pytest.fixture(scope="module")
def section() -> train_picture_judge.Params:
    told = read_yaml(ROOT / "params.yaml")["train_picture_judge"]
    small = {"image_size": 16, "widths": [16, 32, 32], "steps": 40, "batch_size": 32, "warmup": 5, "device": "cpu"}
    return train_picture_judge.Params.model_validate({**told, **small})


def test_batches_hold_unlearned_drawings_in_the_generators_places(
    pictures: PictureSet,
    training: train_text2image.Params,
    section: train_picture_judge.Params,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Noted(monkeypatch, independent_training)
    batches = UnlearnedBatches(pictures, section, training, STILL)
    images, labels = batches.at(0)
    again, _ = batches.at(0)
    assert torch.equal(images, again) and images.shape == (32, 3, 16, 16)
    for step in range(1, 20):
        batches.at(step)
    styles, things, _ = noted.seen(pictures)
    learned = set(pictures.style[pictures.rows("clip", "train")].tolist())
    assert not styles & learned and styles == set(pictures.style[unlearned_drawings(pictures, 8)].tolist())
    assert things == set(learned_things(pictures, 8))
    recipe = noted.recipes[0]
    own = latent_recipe(pictures, training)[batch_indices(0, 32, 400, section.seed)]
    for part in ("x", "y", "size", "angle", "tint", "scene", "background"):
        assert torch.equal(getattr(recipe, part), getattr(own, part)), part
    named = [batches.things[place] for place in labels[0].tolist()]
    assert named == pictures.thing[recipe.drawing].tolist() and torch.equal(labels[1], recipe.scene)
    assert [batches.styles[place] for place in labels[2].tolist()] == pictures.style[recipe.drawing].tolist()


def test_pictures_are_moved_within_their_limits() -> None:
    images = torch.rand(6, 3, 32, 32)
    random = torch.Generator().manual_seed(0)
    assert torch.allclose(moved(images, STILL, random), images, atol=1e-5)
    dot = torch.zeros(400, 1, 65, 65)
    dot[:, :, 31:34, 31:34] = 1
    shifted = moved(dot, Movement(0.1, 0, 0, 0), random)
    grid = torch.arange(65.0) - 32
    x = (shifted.sum((1, 2)) * grid).sum(1) / shifted.sum((1, 2, 3))
    assert 5.5 < float(x.abs().max()) <= 6.6 and abs(float(x.mean())) < 1
    turned = moved(dot, Movement(0, 0.2, 20, 0.1), random)
    middle = (turned.sum((1, 2)) * grid).sum(1) / turned.sum((1, 2, 3))
    assert float(middle.abs().max()) < 0.5, "turning, zooming and slanting keep the centre"
    area = turned.sum((1, 2, 3)) / 9
    assert 1.2 < float(area.max()) <= 1.5 and 0.65 < float(area.min()) < 0.8


def test_a_trained_judge_names_pictures_of_the_learned_artists(
    pictures: PictureSet, training: train_text2image.Params, section: train_picture_judge.Params
) -> None:
    judge = train_independent(pictures, section, training, STILL)
    assert isinstance(judge, PictureJudge) and len(judge.config.things) == 8
    recipe = sharp_recipe(pictures, training)[:100]
    images = compose(pictures, recipe, 16, "train")
    thing = pictures.thing[recipe.drawing]
    prompts = Prompts(("",) * 100, thing, recipe.scene, torch.full_like(thing, ANY_STYLE))
    verdicts = judge_pictures(judge, pictures, images, prompts, 2)
    assert verdicts.thing.shape == (50, 2) and float(verdicts.thing.float().mean()) > 0.6
    mistaken = Prompts(prompts.texts, thing.roll(1), recipe.scene.roll(1), prompts.style)
    other = judge_pictures(judge, pictures, images, mistaken, 2)
    assert float(other.thing.float().mean()) < 0.4 and other.scene.float().mean() < verdicts.scene.float().mean()


def test_ratio_is_of_means_and_its_interval_over_prompts() -> None:
    random = torch.Generator().manual_seed(0)
    real, drawn = (torch.rand(300, 2, generator=random) < chance for chance in (0.8, 0.6))
    found = ratio(drawn, real, 1)
    assert found["share"] == pytest.approx(float(drawn.double().mean() / real.double().mean()))
    assert found["low"] < 0.75 < found["high"] and 0.1 < found["high"] - found["low"] < 0.25 and found["n"] == 300
    assert ratio(drawn, real, 1) == found
    same = ratio(real, real, 1)
    assert same["low"] == same["high"] == 1, "prompts are resampled with both kinds of their pictures"
    told = share(drawn)
    assert told["share"] == pytest.approx(float(drawn.double().mean())) and told["low"] < told["share"] < told["high"]


def test_nearest_distance_is_the_least_over_covered_pixels() -> None:
    images, known = (torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8) for count in (5, 7))
    covered = torch.rand(7, 8, 8) < 0.4
    covered[6] = False
    expected = [
        min(float((a.double() - b.double())[:, there].square().mean().sqrt()) for b, there in pairs)
        for a in images
        for pairs in [list(zip(known[:6], covered[:6], strict=True))]
    ]
    assert np.allclose(nearest_distances(images, known, covered).numpy(), expected, atol=1e-4)


def test_covered_pixels_are_those_of_the_drawing(pictures: PictureSet, training: train_text2image.Params) -> None:
    recipe = sharp_recipe(pictures, training)[:20]
    images = compose(pictures, recipe, 32, "train")
    covered = covered_pixels(pictures, recipe, images)
    other = compose(pictures, replace(recipe, tint=0.5 * recipe.tint), 32, "train")
    changed = (images != other).any(1)
    assert 0.1 < float(covered.float().mean()) < 0.8
    assert float((covered & ~changed).float().mean()) < 0.02, "a background is taken for a drawing"
    assert float(covered[changed].float().mean()) > 0.6, "more than what looks like its background is left out"


def test_copies_are_found(
    pictures: PictureSet,
    training: train_text2image.Params,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_small_pipeline(tmp_path, pictures)
    model = load_small(tmp_path)
    monkeypatch.setattr(nearest, "through_autoencoder", lambda model, images: images)
    monkeypatch.setattr(nearest, "REAL", 100)
    recipe = sharp_recipe(pictures, training)[:20]
    images, thing = compose(pictures, recipe, 32, "train"), pictures.thing[recipe.drawing]
    found = measure_nearness(model, pictures, training, images, thing, 0)
    assert float(found.generated.max()) < 1e-3 and found.copied(found.generated).all()
    assert len(found.held_out) == len(found.learned) == 100
    assert float(found.copied(found.held_out).double().mean()) <= 0.02
    assert found.learned.median() < found.held_out.median()
    others = measure_nearness(model, pictures, training, images, thing.roll(1), 0)
    assert others.generated.median() > 1, "only compositions of the same thing are compared"
    assert isinstance(found, Nearness) and all(part.isfinite().all() for part in (found.held_out, others.generated))


def test_command_writes_its_results(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_small_pipeline(tmp_path / "model", pictures)
    sections: dict[str, Any] = {
        name: read_yaml(ROOT / "params.yaml")[name]
        for name in ("generate_ranked", "train_text2image", "train_picture_judge")
    }
    sections["generate_ranked"] |= {"model": str(tmp_path / "model"), "batch_size": 8, "device": "cpu"}
    sections["generate_ranked"]["words"]["things"] = 8
    sections["generate_ranked"]["drawing"]["num_inference_steps"] = 2
    sections["train_text2image"] |= {"things": 8, "pictures": 200}
    sections["train_picture_judge"] |= {"widths": [16, 16, 16], "device": "cpu"}
    monkeypatch.setattr(
        independent_judge.stage, "read_section", lambda name, schema: schema.model_validate(sections[name])
    )
    monkeypatch.setattr(independent_judge, "load_pictures", lambda: pictures)
    monkeypatch.setattr(nearest, "REAL", 50)
    told = ["--steps", "2", "--batch-size", "8", "--prompts", "6", "--out", str(tmp_path / "found.json")]
    main(told)
    found = json.loads((tmp_path / "found.json").read_text())
    for name in ("generated", "real", "through_autoencoder", "ratio", "copies"):
        assert {"share", "low", "high", "n"} <= set(found[name]), name
    assert found["generated"]["n"] == 12 and found["ratio"]["n"] == 6 and found["copies"]["n"] == 12
    assert found["copies"]["threshold"] > 0 and found["artists"] == ["three", "five"]
    assert found["image_size"] == 32
    with pytest.raises(SystemExit) as end:
        main([*told, "--prompts", "0"])
    assert end.value.code == 2 and "--prompts: found 0" in capsys.readouterr().err
