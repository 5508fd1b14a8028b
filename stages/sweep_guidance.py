"""Sweep the guidance scale with and without negative prompt and quality words (study A7)."""

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
from rediffuse.studies.a7_sweep_guidance.best import best_metrics, other_prompts, run_best
from rediffuse.studies.a7_sweep_guidance.metrics import Metrics
from rediffuse.studies.a7_sweep_guidance.params import Params
from rediffuse.studies.a7_sweep_guidance.plots import draw_best, draw_strip, draw_sweep
from rediffuse.studies.a7_sweep_guidance.study import Readers, best_scale, run_strip, run_sweep, sweep_metrics

NAME, PICTURES, JUDGE = "sweep_guidance", Path("data/pictures"), Path("models/picture_judge")


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, device, params.clip.batch_size)
    readers = Readers(clip, load_judge(JUDGE, device), load_pictures(PICTURES))
    others = other_prompts(readers.pictures, params)  # raises where none are left, so before the work of minutes
    sweep = run_sweep(model, readers, params)
    best = run_best(model, readers, others, params, best_scale(sweep))
    strip = run_strip(model, params)
    metrics = {**best_metrics(best), **sweep_metrics(sweep, params)}
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_sweep(folder, metrics, params)
        draw_best(folder, best, readers.judge, params)
        draw_strip(folder, strip, params)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
