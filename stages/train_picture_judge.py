"""Train the judge of things, scenes and styles."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.data.pictures import load_pictures
from rediffuse.params.train_picture_judge import Params
from rediffuse.pictures.reading import train_judge

NAME = "train_picture_judge"


def main(params: Params) -> None:
    train_judge(NAME, load_pictures("data/pictures"), params, folder="models/picture_judge")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
