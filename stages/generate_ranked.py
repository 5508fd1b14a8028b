"""Draw several pictures of each prompt, order them by CLIP, and let the judge say whether that helped (study A3)."""

from __future__ import annotations

from pathlib import Path

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a3_generate_ranked.metrics import Metrics
from rediffuse.studies.a3_generate_ranked.params import Params
from rediffuse.studies.a3_generate_ranked.plots import draw_ranked
from rediffuse.studies.a3_generate_ranked.study import ranked_metrics, run_ranked

NAME, PICTURES, JUDGE = "generate_ranked", Path("data/pictures"), Path("models/picture_judge")


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, device, params.clip.batch_size)
    result = run_ranked(model, clip, load_judge(JUDGE, device), load_pictures(PICTURES), params)
    metrics = ranked_metrics(result, params)
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_ranked(folder, result, metrics, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
