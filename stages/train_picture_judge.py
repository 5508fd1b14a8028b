"""Train the judge of things, scenes and styles."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.picture_judge.params import Params
from rediffuse.models.picture_judge.training import train_judge
from rediffuse.pipeline import stage

NAME = "train_picture_judge"


def main(params: Params) -> None:
    train_judge(NAME, load_pictures("data/pictures"), params, folder="models/picture_judge")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
