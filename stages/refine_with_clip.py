"""Move noises by the gradient of CLIP's similarity and let the judge read what comes of it (study A9)."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a9_refinement.metrics import Metrics
from rediffuse.studies.a9_refinement.params import Params
from rediffuse.studies.a9_refinement.plots import draw_refine
from rediffuse.studies.a9_refinement.study import refine_metrics, run_refine

NAME = "refine_with_clip"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, device, params.clip.batch_size)
    judge, pictures = load_judge("models/picture_judge", device), load_pictures("data/pictures")
    result = run_refine(model, clip, judge, pictures, params)
    metrics = refine_metrics(result, params)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_refine(folder, result, metrics, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
