"""Train a ControlNet that draws after sketches, on top of the text-to-image model."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.compute import prepare
from rediffuse.data.pictures import load_pictures
from rediffuse.params.train_controlnet import Params
from rediffuse.text2image.controlnet_training import train_controlnet
from rediffuse.text2image.model import load_text2image

NAME = "train_controlnet"


def main(params: Params) -> None:
    model = load_text2image("models/text2image", None, prepare(params.device), params.batch_size)
    train_controlnet(NAME, model, load_pictures("data/pictures"), params, "models/controlnet")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
