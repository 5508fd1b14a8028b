"""One small model of each kind in a folder, to break and to load; and ways to break one."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rediffuse.diffusion.schedules import make_scheduler
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.controlnet.model import UNET, Controlled, fresh_controlnet, load_controlled
from rediffuse.models.digit_classifier.model import JudgeNet, SelectorNet, load_reader
from rediffuse.models.digit_ddpm.model import DigitModel
from rediffuse.models.digit_ddpm.network import DigitUNet
from rediffuse.models.face_ddpm.model import load_face_model
from rediffuse.models.picture_judge.model import PictureJudge, load_judge
from rediffuse.models.text2image.model import load_text2image
from tests.support.faces import training_params
from tests.support.random_clip import write_tiny_clip

CPU = torch.device("cpu")
GONE = ...  # instead of a value: the key is taken out
LOAD, SPOIL = Callable[[str, Path], Any], Callable[[str], Path]


@pytest.fixture(scope="session")
def models(folders: dict[str, Path], small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small model of each kind, as the stages write it."""
    root = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        JudgeNet((8, 8, 8, 8)).save_pretrained(root / "judge")
        SelectorNet((8, 8, 8, 8)).save_pretrained(root / "selector")
        unet = DigitUNet(block_out_channels=(16, 32), layers_per_block=(1, 1), embedding_dim=16)
        PictureJudge(["cat", "dog"], ["plain"], ["flat"], 32, (8, 8, 8)).save_pretrained(root / "picture_judge")
    unet.save_pretrained(root / "digits" / "unet")
    make_scheduler(training_params().schedule).save_pretrained(root / "digits" / "scheduler")
    own_unet = load_text2image(str(folders["epsilon"]), None).pipeline.unet
    fresh_controlnet(own_unet, (16, 16, 16), 0).save_pretrained(root / "controlnet")
    shutil.copytree(root / "controlnet", root / "controlnet_with_unet")
    own_unet.save_pretrained(root / "controlnet_with_unet" / UNET)
    return {
        "judge": root / "judge",
        "selector": root / "selector",
        "picture_judge": root / "picture_judge",
        "digits": root / "digits",
        "faces": small_model,
        "clip": write_tiny_clip(root / "clip"),
        "text2image": folders["epsilon"],
        "controlnet": root / "controlnet",
        "controlnet_with_unet": root / "controlnet_with_unet",
    }


@pytest.fixture
def load(folders: dict[str, Path]) -> Callable[[str, Path], Any]:
    """Load a model of a kind out of a folder."""

    def controlled(folder: Path) -> Controlled:
        return load_controlled(str(folder), None, load_text2image(str(folders["epsilon"]), None))

    kinds: dict[str, Callable[[Path], Any]] = {
        "judge": lambda folder: load_reader(JudgeNet, folder, CPU),
        "selector": lambda folder: load_reader(SelectorNet, folder, CPU),
        "picture_judge": load_judge,
        "digits": lambda folder: DigitModel.from_pretrained(folder, CPU),
        "faces": lambda folder: load_face_model(str(folder), None, CPU),
        "clip": lambda folder: load_clip(str(folder), None),
        "text2image": lambda folder: load_text2image(str(folder), None),
        "controlnet": controlled,
        "controlnet_with_unet": controlled,
    }
    return lambda kind, folder: kinds[kind](folder)


@pytest.fixture
def spoil(models: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: Path(shutil.copytree(models[kind], tmp_path / kind))


def weights_of(folder: Path, part: str) -> Path:
    return next((folder / part).glob("*.safetensors"))


def leaves(config: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, value in config.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *inner) for inner in leaves(value))


def changed(config: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    config = copy.deepcopy(config)
    place = config
    for key in path[:-1]:
        place = place[key]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return config
