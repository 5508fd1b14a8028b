"""Draw the same noises under three noise schedules and measure the detail of the pictures (study A4)."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a4_noise_schedules.metrics import Metrics
from rediffuse.studies.a4_noise_schedules.params import Params
from rediffuse.studies.a4_noise_schedules.plots import draw_schedules
from rediffuse.studies.a4_noise_schedules.study import run_films, run_schedules, run_starts, schedules_metrics

NAME = "noise_schedules"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    judge, pictures = load_judge("models/picture_judge", device), load_pictures("data/pictures")
    result, films = run_schedules(model, judge, pictures, params), run_films(model, params)
    metrics = schedules_metrics(model, result, run_starts(model, pictures, params), params)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_schedules(folder, model, result, films, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
