"""Read labelled pictures by their labels, and things and scenes never seen (study B3a)."""

from __future__ import annotations

from rediffuse.data.labelled import read_labelled
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.evaluation.pixel_baselines import composed_bank
from rediffuse.models.clip.embedding import load_clip
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics
from rediffuse.studies.b3a_zeroshot_accuracy.params import Params
from rediffuse.studies.b3a_zeroshot_accuracy.study import LabelledReading, draw_accuracy, read_scenes, read_things

NAME = "zeroshot_accuracy"


def main(params: Params) -> None:
    clip = load_clip(params.model, params.revision, prepare(params.device), params.batch_size)
    labelled, pictures = read_labelled("data/labelled"), load_pictures("data/pictures")
    reading = LabelledReading(clip, labelled, pictures, params)
    bank = composed_bank(pictures, pictures.rows("clip", "train"), params.baseline_pictures, params.seed)
    metrics = {
        **reading.metrics(),
        **read_things(clip, pictures, bank, params.wordings[params.wording], params),
        "unseen_pairs": read_scenes(clip, pictures, bank, params),
    }
    with new_results(Metrics, rounded(metrics)) as folder:
        draw_accuracy(folder, reading, metrics)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
