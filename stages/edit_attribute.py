"""Change the scene of pictures by steering their latents, and count what changed and what stayed (study A6)."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.compute import prepare
from rediffuse.data.pictures import load_pictures
from rediffuse.intervals import rounded
from rediffuse.params.edit_attribute import Params
from rediffuse.pictures.judge import load_judge
from rediffuse.text2image.edit_metrics import edit_metrics
from rediffuse.text2image.edit_plots import draw_edit
from rediffuse.text2image.edit_study import run_edit
from rediffuse.text2image.model import load_text2image

NAME = "edit_attribute"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = load_text2image(params.model, params.revision, device, params.batch_size)
    pictures, judge = load_pictures("data/pictures"), load_judge("models/picture_judge", device)
    result = run_edit(model, judge, pictures, params)
    metrics = edit_metrics(result)
    with stage.new_folder(f"plots/{NAME}") as folder:
        draw_edit(folder, result, metrics, pictures, params)
    stage.write_json(f"metrics/{NAME}.json", rounded(metrics))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
