"""Train a ControlNet that draws after sketches, on top of the text-to-image model."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.controlnet.params import Params
from rediffuse.models.controlnet.training import train_controlnet
from rediffuse.models.text2image.model import load_text2image
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare

NAME, MODEL = "train_controlnet", "models/text2image"


def main(params: Params) -> None:
    model = load_text2image(MODEL, None, prepare(params.device), params.batch_size)
    pictures = load_pictures("data/pictures")
    train_controlnet(NAME, model, pictures, known_things(pictures, MODEL, None), params, "models/controlnet")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
