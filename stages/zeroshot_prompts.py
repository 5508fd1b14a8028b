"""Read a photograph of a cat, and drawn animals, by prompts of many wordings (study A1)."""

from __future__ import annotations

from pathlib import Path

from rediffuse import stage
from rediffuse.clip.embedding import load_clip
from rediffuse.clip.prompts_study import draw_prompts, prompts_metrics, run_prompts
from rediffuse.compute import prepare
from rediffuse.data.labelled import read_picture
from rediffuse.data.pictures import load_pictures
from rediffuse.intervals import rounded
from rediffuse.params.zeroshot_prompts import Params
from rediffuse.report.references import references

NAME, PICTURES = "zeroshot_prompts", Path("data/pictures")


def main(params: Params) -> None:
    clip = load_clip(params.model, params.revision, prepare(params.device), params.batch_size)
    pictures, photograph = load_pictures(PICTURES), read_picture(PICTURES / "cat.png")
    result = run_prompts(clip, pictures, photograph, params)
    metrics = prompts_metrics(result, params)
    found = references()
    numbers = (*found.zeroshot_representation.values(), *found.zeroshot_descriptions.values())
    published = {number.label: number.value for number in numbers}
    with stage.new_folder(f"plots/{NAME}") as folder:
        draw_prompts(folder, clip, photograph, result, metrics, params, published)
    stage.write_json(f"metrics/{NAME}.json", rounded(metrics))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
