"""Draw pictures on the way from one prompt to another and measure how even the way is (study A5)."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.clip.embedding import load_clip
from rediffuse.compute import prepare
from rediffuse.intervals import rounded
from rediffuse.params.interpolate_prompts import Params
from rediffuse.text2image.interpolation_plots import draw_ways
from rediffuse.text2image.interpolation_study import run_ways, ways_metrics
from rediffuse.text2image.model import load_text2image

NAME = "interpolate_prompts"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, device, params.clip.batch_size)
    result = run_ways(model, clip, params)
    metrics = ways_metrics(result, params)
    with stage.new_folder(f"plots/{NAME}") as folder:
        draw_ways(folder, result, metrics, params)
    stage.write_json(f"metrics/{NAME}.json", rounded(metrics))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
