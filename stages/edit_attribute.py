"""Change the scene of pictures by steering their latents, and count what changed and what stayed (study A6)."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a6_edit_attribute.measures import edit_metrics
from rediffuse.studies.a6_edit_attribute.metrics import Metrics
from rediffuse.studies.a6_edit_attribute.params import Params
from rediffuse.studies.a6_edit_attribute.plots import draw_edit
from rediffuse.studies.a6_edit_attribute.study import run_edit

NAME = "edit_attribute"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    pictures, judge = load_pictures("data/pictures"), load_judge("models/picture_judge", device)
    result = run_edit(model, judge, pictures, params)
    metrics = edit_metrics(result)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_edit(folder, result, metrics, pictures, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
