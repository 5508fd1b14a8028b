"""A ControlNet is trained on sketches that belong to their pictures, and comes out the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.controlnet import training as controlnet_training
from rediffuse.models.controlnet.outlines import picture_outlines
from rediffuse.models.controlnet.params import Params
from rediffuse.models.controlnet.training import make_sketched, train_controlnet
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a8_sketch_to_image.study import sketch_f1
from tests.support.discs import discs
from tests.support.small_pictures import Noted
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

SMALL = {
    "conditioning_channels": [4, 8, 16],
    "pictures": 20,
    "steps": 4,
    "batch_size": 4,
    "warmup": 2,
    "log_every": 2,
    "checkpoint_every": 2,
    "device": "cpu",
}


@pytest.fixture
def params() -> Params:
    return Params.model_validate({**read_yaml(ROOT / "params.yaml")["train_controlnet"], **SMALL})


def test_sketches_belong_to_the_pictures_of_the_train_side(
    folders: dict[str, Path], pictures: PictureSet, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = discs(pictures)
    noted = Noted(monkeypatch, controlnet_training)
    learned = make_sketched(load_small(folders["v_prediction"]), pictures, learned_things(pictures, 8), params)
    assert learned.sketches.shape == (20, 32, 32) and len(learned.latents) == len(learned.captions) == 20
    styles, things, _ = noted.seen(pictures)
    assert not styles & pictures.held_out.styles_of("clip") and not things & pictures.held_out.things
    (recipe,) = noted.recipes
    images = controlnet_training.compose(pictures, recipe, 32, "train")
    own, others = (
        sketch_f1(picture_outlines(part, 32), learned.sketches).mean() for part in (images, images.roll(1, 0))
    )
    assert own > others + 0.2


def test_training_is_bitwise_repeatable_and_moves_the_weights(
    folders: dict[str, Path], pictures: PictureSet, params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        Path("dvc.yaml").write_text("stages: {train_controlnet: {deps: []}}", encoding="utf-8")
        model, things = load_small(folders["v_prediction"]), learned_things(pictures, 8)
        train_controlnet("train_controlnet", model, pictures, things, params, "controlnet")
        weights.append(load_file("controlnet/diffusion_pytorch_model.safetensors"))
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert all(value.any() for key, value in weights[0].items() if "controlnet_down_blocks" in key)
