"""Draw digits from the conditional DDPM, let the judge read them, and measure (study B1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rediffuse import stage
from rediffuse.compute import prepare
from rediffuse.digits import plots
from rediffuse.digits.classifier import JudgeNet, load_reader
from rediffuse.digits.dataset import load_split
from rediffuse.digits.evaluation import diversity
from rediffuse.digits.export import read_course_form, save_course_form
from rediffuse.digits.generate import DigitModel
from rediffuse.digits.study import DigitStudy, Drawn, Neighbours, by_digit, sweep_metrics
from rediffuse.intervals import proportion, rounded, without_mean
from rediffuse.params.evaluate_digits import Params

NAME = "evaluate_digits"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = DigitModel.from_pretrained("models/digit_ddpm", device)
    judge = load_reader(JudgeNet, "models/digit_judge", device)
    study = DigitStudy(model, judge, load_split("data/digits", "train"), load_split("data/digits", "test"), params)

    guided = study.draw(params.guidance_scale, params.images_per_digit, "guided digits")
    unguided = study.draw(1.0, params.images_per_digit, "unguided digits")
    sweep = study.sweep()
    with stage.new_folder("data/generated_digits") as folder:
        for name, part in guided.items():
            save_course_form(folder / name, part.images)
        saved = {name: study.judged(read_course_form(folder / name, params.images_per_digit)) for name in guided}
    neighbours = {name: study.neighbours(name, part.images) for name, part in saved.items()}
    with stage.new_folder(f"plots/{NAME}") as folder:
        draw_all(folder, study, saved, neighbours, sweep)
    stage.write_json(f"metrics/{NAME}.json", rounded(measure(study, saved, unguided, neighbours, sweep)))


def measure(
    study: DigitStudy,
    saved: dict[str, Drawn],
    unguided: dict[str, Drawn],
    neighbours: dict[str, Neighbours],
    sweep: pd.DataFrame,
) -> dict[str, Any]:
    """All that is reported in numbers."""
    ceiling = {name: proportion(reading.right) for name, reading in study.real_reading.items()}
    return {
        "guidance_scale": study.params.guidance_scale,
        "accuracy": study.accuracy(saved),
        "accuracy_interval": {name: without_mean(proportion(part.reading.right)) for name, part in saved.items()},
        "by_digit": {
            name: {digit: found["mean"] for digit, found in by_digit(part.reading).items()}
            for name, part in saved.items()
        },
        "ceiling": {name: found["mean"] for name, found in ceiling.items()},
        "ceiling_interval": {name: without_mean(found) for name, found in ceiling.items()},
        "unguided": study.accuracy(unguided),
        "frechet": study.frechet(saved),
        "frechet_unguided": study.frechet(unguided),
        "frechet_real": study.real_frechet(),
        "diversity": {name: diversity(part.reading, study.params.images_per_digit) for name, part in saved.items()},
        "diversity_real": study.real_diversity(),
        "nearest": {
            name: {"generated": float(near.generated.median()), "test": float(near.test.median())}
            for name, near in neighbours.items()
        },
        "sweep": sweep_metrics(sweep),
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
