"""Train the tokenizer and the CLIP of the pictures."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.clip.params import Params
from rediffuse.models.clip.training import train_clip
from rediffuse.pipeline import stage

NAME = "train_clip"


def main(params: Params) -> None:
    train_clip(NAME, load_pictures("data/pictures"), params, folder="models/clip")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
