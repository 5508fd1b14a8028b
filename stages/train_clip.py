"""Train the tokenizer and the CLIP of the pictures."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.clip.training import train_clip
from rediffuse.data.pictures import load_pictures
from rediffuse.params.train_clip import Params

NAME = "train_clip"


def main(params: Params) -> None:
    train_clip(NAME, load_pictures("data/pictures"), params, folder="models/clip")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
