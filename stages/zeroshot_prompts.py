"""Read a photograph of a cat, and drawn animals, by prompts of many wordings (study A1)."""

from __future__ import annotations

from pathlib import Path

from rediffuse.data.picture_files import read_picture
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.evaluation.references import references
from rediffuse.models.clip.embedding import load_clip
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics
from rediffuse.studies.a1_zeroshot_prompts.params import Params
from rediffuse.studies.a1_zeroshot_prompts.study import draw_prompts, prompts_metrics, run_prompts

NAME, PICTURES = "zeroshot_prompts", Path("data/pictures")


def main(params: Params) -> None:
    clip = load_clip(params.model, params.revision, prepare(params.device), params.batch_size)
    pictures, photograph = load_pictures(PICTURES), read_picture(PICTURES / "cat.png")
    result = run_prompts(clip, pictures, photograph, params)
    metrics = prompts_metrics(result, params)
    found = references()
    numbers = (*found.zeroshot_representation.values(), *found.zeroshot_descriptions.values())
    published = {number.label: number.value for number in numbers}
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_prompts(folder, clip, photograph, result, metrics, params, published)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
