"""Train the unconditional DDPM of the faces."""

from __future__ import annotations

import torch

from rediffuse.data.faces.dataset import load_faces
from rediffuse.models.face_ddpm.params import Params
from rediffuse.models.face_ddpm.training import train_face_ddpm
from rediffuse.pipeline import stage

NAME = "train_face_ddpm"


def main(params: Params) -> None:
    train_face_ddpm(NAME, torch.from_numpy(load_faces("data/faces").faces), params, folder="models/face_ddpm")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
