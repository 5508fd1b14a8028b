"""Learn two new words from a few pictures each, and draw with them alone and together (study B3b)."""

from __future__ import annotations

import shutil

from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.clip.embedding import load_clip
from rediffuse.models.picture_judge.model import load_judge
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.studies.b3b_personalization.inversion import save_word
from rediffuse.studies.b3b_personalization.measures import personal_metrics
from rediffuse.studies.b3b_personalization.metrics import Metrics
from rediffuse.studies.b3b_personalization.own_concepts import learn_own, own_metrics, prepare_own
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.plots import draw_own_words, draw_personal
from rediffuse.studies.b3b_personalization.study import run_personal
from rediffuse.training.curves import LIVE, write_curve
from rediffuse.training.fit import require_one_process

NAME = "personalize"


def main(params: Params) -> None:
    accelerator = make_accelerator(params.device)
    require_one_process(accelerator, "the stage also generates and measures pictures")
    model = load_text2image(params.model, params.revision, accelerator.device, params.batch_size)
    clip = load_clip(params.clip.model, params.clip.revision, accelerator.device, params.clip.batch_size)
    judge, pictures = load_judge("models/picture_judge", accelerator.device), load_pictures("data/pictures")
    concepts = prepare_own(model, params)  # before the work of minutes
    result = run_personal(accelerator, model, clip, judge, pictures, params)
    own = {name: learn_own(accelerator, model, clip, concept, params) for name, concept in concepts.items()}
    metrics = {**personal_metrics(result, params), "own": own_metrics(own)}
    with new_results(Metrics, rounded(metrics)) as folder, stage.new_folder("models/personalized") as models:
        for kind, concept in result.concepts.items():
            learned = result.learned[kind]
            save_word(models / kind, concept.section.token, learned.last)
            write_curve(folder / f"{kind}_loss", learned.losses, params.inversion.log_every)
        for name, word in own.items():
            save_word(models / "own" / name, word.token, word.embedding)
        draw_personal(folder, result, metrics, params)
        draw_own_words(folder, own)
    shutil.rmtree(LIVE / NAME, ignore_errors=True)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
