"""Draw digits from the conditional DDPM, let the judge read them, and measure (study B1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rediffuse.data.digits.dataset import SPLITS, check_each_digit
from rediffuse.data.digits.tensors import load_split
from rediffuse.evaluation.intervals import proportion, rounded
from rediffuse.evaluation.metrics import new_results
from rediffuse.models.digit_classifier.model import JudgeNet, SelectorNet, load_reader
from rediffuse.models.digit_ddpm.model import DigitModel
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.b1_conditional_ddpm import plots
from rediffuse.studies.b1_conditional_ddpm.export import read_course_form, save_course_form
from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics
from rediffuse.studies.b1_conditional_ddpm.params import Params
from rediffuse.studies.b1_conditional_ddpm.study import (
    DigitStudy,
    Drawn,
    Neighbours,
    RealDigits,
    by_digit,
    neighbour_metrics,
    sweep_metrics,
    sweep_table,
)

NAME = "evaluate_digits"


def main(params: Params) -> None:
    device = prepare(params.device)
    real = RealDigits(*(load_split("data/digits", split) for split in SPLITS))
    for index, name in enumerate(real.val.names):
        labels = real.val.digits[real.val.sets == index].numpy()
        check_each_digit(labels, f"data/digits/{name}_val.npz", "run fetch_digits again, with more images")
    model = DigitModel.from_pretrained("models/digit_ddpm", device)
    judge = load_reader(JudgeNet, "models/digit_judge", device)
    selector = load_reader(SelectorNet, "models/digit_selector", device)
    study = DigitStudy(model, judge, real, params)

    sweep = study.sweep(selector)
    guided = study.draw(params.guidance_scale, params.images_per_digit, "guided digits")
    unguided = study.draw(1.0, params.images_per_digit, "unguided digits")
    with stage.new_folder("data/generated_digits") as generated:
        for name, images in guided.items():
            save_course_form(generated / name, images)
        saved = {name: study.judged(read_course_form(generated / name, params.images_per_digit)) for name in guided}
        bare = {name: study.judged(images) for name, images in unguided.items()}
        neighbours = {name: study.neighbours(name, part.images) for name, part in saved.items()}
        metrics = measure(study, saved, bare, neighbours) | {"sweep": sweep_metrics(sweep, params.guidance_scale)}
        with new_results(Metrics, rounded(metrics)) as folder:
            draw_all(folder, study, saved, neighbours, sweep_table(sweep, study.names))


def measure(
    study: DigitStudy, saved: dict[str, Drawn], unguided: dict[str, Drawn], neighbours: dict[str, Neighbours]
) -> dict[str, Any]:
    """What is reported of the images in numbers."""
    return {
        "guidance_scale": study.params.guidance_scale,
        "accuracy": study.accuracy(saved),
        "accuracy_by_set": {name: proportion(part.reading.right) for name, part in saved.items()},
        "by_digit": {
            name: {digit: found["mean"] for digit, found in by_digit(part.reading).items()}
            for name, part in saved.items()
        },
        "ceiling": {name: proportion(reading.right) for name, reading in study.real_reading.items()},
        "ceiling_test": {name: proportion(reading.right) for name, reading in study.test_reading.items()},
        "baseline_1nn": study.baselines(study.real),
        "baseline_1nn_test": study.baselines(study.test),
        "unguided": study.accuracy(unguided),
        "unguided_by_set": {name: float(part.reading.right.double().mean()) for name, part in unguided.items()},
        "guidance_gain": study.gain(saved, unguided),
        **study.closeness(saved),
        "nearest": {name: neighbour_metrics(near) for name, near in neighbours.items()},
    }


def draw_all(
    folder: Path,
    study: DigitStudy,
    saved: dict[str, Drawn],
    neighbours: dict[str, Neighbours],
    sweep: pd.DataFrame,
) -> None:
    """All that is shown in pictures."""
    for name, part in saved.items():
        plots.draw_grid(folder / f"grid_{name}.png", part.images)
        plots.draw_film(folder / f"film_{name}.png", *study.film(name), study.params.film_timesteps)
        plots.draw_misread(folder / f"misread_{name}.png", part)
        shown = slice(None, None, max(1, len(part.images) // study.params.nearest_pairs))
        plots.draw_nearest(folder / f"nearest_{name}.png", part.images[shown], neighbours[name].training[shown])
    plots.draw_strip(folder / "summary.png", saved)
    plots.draw_by_digit(folder / "by_digit.png", {name: by_digit(part.reading) for name, part in saved.items()})
    plots.draw_sweep(folder / "guidance.png", sweep)
    sweep.to_csv(folder / "guidance.csv", index=False, float_format="%.4f")
    plots.confusion_rows(saved).to_csv(folder / "confusion.csv", index=False)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
