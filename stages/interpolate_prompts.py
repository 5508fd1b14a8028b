"""Draw pictures on the way from one prompt to another and measure how even the way is (study A5)."""

from __future__ import annotations

from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a5_interpolate_prompts.metrics import Metrics
from rediffuse.studies.a5_interpolate_prompts.params import Params
from rediffuse.studies.a5_interpolate_prompts.plots import draw_judge, draw_ways
from rediffuse.studies.a5_interpolate_prompts.reading import KINDS, known_words, read_ways, reading_metrics
from rediffuse.studies.a5_interpolate_prompts.study import run_ways, ways_metrics

NAME = "interpolate_prompts"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, device, params.clip.batch_size)
    judge = load_judge("models/picture_judge", device)
    words = {kind: known_words(judge, params, kind) for kind in KINDS}  # before anything is drawn
    result = run_ways(model, clip, params)
    tracks = read_ways(judge, result, words, params)
    metrics = {**ways_metrics(result, params), **reading_metrics(result, tracks, params)}
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_ways(folder, result, metrics, params)
        draw_judge(folder, result, tracks)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
