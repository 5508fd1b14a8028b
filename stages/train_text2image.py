"""Train the latent text-to-image model on the picture set."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.training import train_text2image
from rediffuse.pipeline import stage

NAME = "train_text2image"


def main(params: Params) -> None:
    train_text2image(NAME, load_pictures("data/pictures"), load_clip("models/clip", None), params, "models/text2image")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
