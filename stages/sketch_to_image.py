"""Draw pictures after sketches with a ControlNet, and look for the sketches in them (study A8)."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.controlnet.model import load_controlled
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a8_sketch_to_image.metrics import Metrics
from rediffuse.studies.a8_sketch_to_image.params import Params
from rediffuse.studies.a8_sketch_to_image.plots import draw_sketches
from rediffuse.studies.a8_sketch_to_image.study import run_sketches, sketch_metrics

NAME = "sketch_to_image"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    controlled = load_controlled(params.controlnet, params.controlnet_revision, model)
    judge, pictures = load_judge("models/picture_judge", device), load_pictures("data/pictures")
    result = run_sketches(controlled, judge, pictures, params)
    metrics = sketch_metrics(result, params)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_sketches(folder, result, metrics, pictures, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
