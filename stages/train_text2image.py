"""Train the latent text-to-image model on the picture set."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.clip.embedding import load_clip
from rediffuse.data.pictures import load_pictures
from rediffuse.params.train_text2image import Params
from rediffuse.text2image.training import train_text2image

NAME = "train_text2image"


def main(params: Params) -> None:
    train_text2image(NAME, load_pictures("data/pictures"), load_clip("models/clip", None), params, "models/text2image")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
