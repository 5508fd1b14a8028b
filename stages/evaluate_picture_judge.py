"""Let the judge of pictures read what it never saw, and count what it reads right."""

from __future__ import annotations

import torch

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.evaluation.pixel_baselines import composed_bank
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.picture_judge import plots
from rediffuse.studies.picture_judge.measures import measure, unseen_compositions, unseen_pairs, unseen_styles
from rediffuse.studies.picture_judge.metrics import Metrics
from rediffuse.studies.picture_judge.params import Params

NAME = "evaluate_picture_judge"


def main(params: Params) -> None:
    pictures = load_pictures("data/pictures")
    judge = load_judge("models/picture_judge", prepare(params.device))
    scenes, styles = list(judge.config.scenes), list(judge.config.styles)
    drawn = unseen_styles(judge, pictures, params)
    composed = unseen_compositions(judge, pictures, params)
    pairs = unseen_pairs(judge, pictures, params)
    classes = torch.tensor([pictures.things.index(name) for name in pictures.classes])
    bank = composed_bank(pictures, pictures.rows("judge", "train"), params.baseline_pictures, params.seed)
    with new_results(Metrics, rounded(measure(drawn, composed, pairs, bank, classes))) as folder:
        plots.draw_examples(folder / "examples.png", drawn, pictures.things, scenes, params.seed, params.examples)
        plots.draw_confusion(folder / "scenes.png", drawn.scene, drawn.reading.scenes, scenes, "Scenes")
        plots.draw_confusion(folder / "styles.png", composed.style, composed.reading.styles, styles, "Styles")


if __name__ == "__main__":
    stage.run(NAME, Params, main)
