"""Read labelled pictures under noise, blur and rotation of rising severity (study A2)."""

from __future__ import annotations

from pathlib import Path

from rediffuse.data.labelled import read_labelled
from rediffuse.data.picture_files import read_picture
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.clip.embedding import load_clip
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics
from rediffuse.studies.a2_zeroshot_robustness.params import Params
from rediffuse.studies.a2_zeroshot_robustness.study import draw_robustness, robustness_metrics, run_robustness

NAME, PICTURES = "zeroshot_robustness", Path("data/pictures")


def main(params: Params) -> None:
    clip = load_clip(params.model, params.revision, prepare(params.device), params.batch_size)
    labelled, pictures = read_labelled("data/labelled"), load_pictures(PICTURES)
    photograph = read_picture(PICTURES / "cat.png")
    result = run_robustness(clip, labelled, pictures, photograph, params)
    metrics = robustness_metrics(result, clip.image_size, params.photograph)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_robustness(folder, result, metrics, labelled.names, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
