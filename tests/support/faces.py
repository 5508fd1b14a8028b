"""Faces of real data, and a tiny model of random weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rediffuse.data.faces.dataset import FaceSet, packaged_faces
from rediffuse.diffusion.schedules import make_scheduler
from rediffuse.models.face_ddpm.params import Params
from rediffuse.models.face_ddpm.training import make_pipeline, make_unet
from rediffuse.pipeline.params import read_yaml, validate
from rediffuse.studies.b2_ddim.params import FacesSection

SECTIONS = read_yaml(Path(__file__).parents[2] / "params.yaml")


def training_params(**changes: object) -> Params:
    """The section of params.yaml, small."""
    small = {
        "image_size": 8,
        "network": {
            "patch_size": 1,
            "block_out_channels": [16, 16],
            "layers_per_block": 1,
            "attention": True,
            "dropout": 0.0,
        },
        "steps": 6,
        "warmup": 1,
        "batch_size": 4,
        "device": "cpu",
    }
    return validate(Params, {**SECTIONS["train_face_ddpm"], **small, **changes}, "train_face_ddpm")


def faces_section(**changes: object) -> FacesSection:
    """The faces' part of the section ``ddim_grids``, small."""
    eta = {"etas": [0.0, 1.0], "num_inference_steps": 5, "noises": 10, "columns": 4}
    path = {"num_alphas": 3, "num_inference_steps": 4, "pairs": 2}
    small = {"batch_size": 4, "eta": eta, "interpolation": path}
    return validate(FacesSection, {**SECTIONS["ddim_grids"]["faces"], **small, **changes}, "ddim_grids.faces")


@pytest.fixture(scope="session")
def face_set() -> FaceSet:
    return packaged_faces()


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as train_face_ddpm writes it."""
    folder = tmp_path_factory.mktemp("face_ddpm")
    params = training_params()
    unet = make_unet(params)
    with torch.no_grad():  # the last layer starts near zero, and then every sampler agrees with every other
        unet.conv_out.weight.normal_(0, 0.1, generator=torch.Generator().manual_seed(1))
    make_pipeline(unet, make_scheduler(params.schedule)).save_pretrained(folder)
    return folder
