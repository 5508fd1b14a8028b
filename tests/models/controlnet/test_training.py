"""A ControlNet is trained on sketches that belong to their pictures, and comes out the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.controlnet import training as controlnet_training
from rediffuse.models.controlnet.model import UNET, load_controlled
from rediffuse.models.controlnet.outlines import picture_outlines
from rediffuse.models.controlnet.params import Params
from rediffuse.models.controlnet.training import choose_drawings, controlnet_batch, make_sketched, train_controlnet
from rediffuse.models.text2image.things import learnable_drawings, learned_things
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


@pytest.mark.parametrize(("share", "others"), [(0.0, 0), (0.3, 15), (1.0, 50)])
def test_unknown_things_have_their_fraction_and_every_drawing_comes_as_often_as_another(
    pictures: PictureSet, params: Params, share: float, others: int
) -> None:
    things = learned_things(pictures, 2)
    rows = choose_drawings(
        pictures, things, params.model_copy(update={"pictures": 50, "unknown_things_fraction": share})
    )
    known = torch.isin(pictures.thing[rows], torch.tensor(things))
    assert len(rows) == 50 and int((~known).sum()) == others
    for part in (rows[known], rows[~known]):
        counts = part.unique(return_counts=True)[1]
        assert not len(counts) or counts.max() - counts.min() <= 1
    assert torch.isin(rows, learnable_drawings(pictures)).all()


def test_a_model_that_knows_all_things_has_no_unknown_ones(pictures: PictureSet, params: Params) -> None:
    things = pictures.thing[learnable_drawings(pictures)].unique().tolist()
    assert len(choose_drawings(pictures, things, params.model_copy(update={"unknown_things_fraction": 0.5}))) == 20


def test_a_batch_holds_its_timesteps_evenly(folders: dict[str, Path], pictures: PictureSet, params: Params) -> None:
    model = load_small(folders["v_prediction"])
    learned = make_sketched(model, pictures, learned_things(pictures, 8), params)
    batch = controlnet_batch(learned, model.schedule, params.model_copy(update={"batch_size": 50}), 0)
    tenths = batch.timesteps * 10 // model.schedule.num_train_timesteps
    assert tenths.bincount().tolist() == [5] * 10


@pytest.mark.parametrize("train_decoder", [True, False])
def test_a_copy_of_the_decoder_is_trained_where_asked_and_the_model_stays(
    folders: dict[str, Path],
    pictures: PictureSet,
    params: Params,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_decoder: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text("stages: {train_controlnet: {deps: []}}", encoding="utf-8")
    model, things = load_small(folders["v_prediction"]), learned_things(pictures, 8)
    before = {name: weight.clone() for name, weight in model.pipeline.unet.state_dict().items()}
    params = params.model_copy(update={"train_decoder": train_decoder})
    train_controlnet("train_controlnet", model, pictures, things, params, "controlnet")
    assert all(torch.equal(weight, before[name]) for name, weight in model.pipeline.unet.state_dict().items())
    assert Path("controlnet", UNET).is_dir() == train_decoder
    if train_decoder:
        after = load_file(f"controlnet/{UNET}/diffusion_pytorch_model.safetensors")
        changed = {name.split(".")[0] for name, weight in after.items() if not torch.equal(weight, before[name])}
        assert changed == {"up_blocks", "conv_norm_out", "conv_out"}
    assert load_controlled("controlnet", None, model).has_own_unet == train_decoder


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
        parts = [load_file(f"controlnet/{part}diffusion_pytorch_model.safetensors") for part in ("", f"{UNET}/")]
        weights.append({**parts[0], **{f"{UNET}.{key}": value for key, value in parts[1].items()}})
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert all(value.any() for key, value in weights[0].items() if "controlnet_down_blocks" in key)
