"""Grade generated pictures by a judge of other artists: ``python -m benchmarks.independent_judge``.

The pipeline's judge of pictures shares most of its training drawings with the generator. This one is trained, for this
measurement alone, on the artists that the generator never learned. Real pictures of the learned artists are new to it,
as generated ones are, so its accuracy on them is the most that a generator can reach. Copies are counted as well.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.independent_training import train_independent
from benchmarks.naming.drawing import fingerprint
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet, load_pictures
from rediffuse.evaluation import intervals
from rediffuse.evaluation.drawing import draw_texts
from rediffuse.evaluation.nearest import Nearness, measure_nearness
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.real_pictures import matching_rows, sharp_recipe, through_autoencoder
from rediffuse.models.picture_judge import params as train_picture_judge
from rediffuse.models.picture_judge.model import PictureJudge, read
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.model import TextToImage, load_text2image
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a3_generate_ranked import params as generate_ranked

RESULTS = Path("benchmarks/independent_judge.json")
STUDY = "independent_judge"
RESAMPLED = 10_000  # draws of the bootstrap


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Whether the judge names thing and scene right, bool [P, S] each: S pictures of each of P prompts."""

    thing: Tensor
    scene: Tensor


def pictures_of(
    model: TextToImage,
    pictures: PictureSet,
    ranked: generate_ranked.Params,
    training: train_text2image.Params,
    prompts: Prompts,
    seed: int,
) -> dict[str, Tensor]:
    """Pictures of the prompts uint8 [N, 3, H, W]: generated, real, and real through the autoencoder."""
    recipe = sharp_recipe(pictures, training)
    chosen = recipe[matching_rows(pictures, recipe, prompts, seed, STUDY)]
    real = compose(pictures, chosen, model.picture_size, "train")
    return {
        "generated": draw_texts(model, prompts.texts, ranked.drawing, seed, STUDY, STUDY),
        "real": real,
        "through_autoencoder": through_autoencoder(model, real),
    }


def judge_pictures(judge: PictureJudge, pictures: PictureSet, images: Tensor, prompts: Prompts, count: int) -> Verdicts:
    """Read pictures uint8 [P · S, 3, H, W] of prompts that are repeated ``count`` times each."""
    reading = read(judge, images)
    place = {name: index for index, name in enumerate(judge.config.things)}
    thing = torch.tensor([place[pictures.things[thing]] for thing in prompts.thing.tolist()])
    scene = torch.tensor([judge.config.scenes.index(SCENES[scene]) for scene in prompts.scene.tolist()])
    right = reading.things.argmax(1) == thing, reading.scenes.argmax(1) == scene
    return Verdicts(*(part.unflatten(0, (-1, count)) for part in right))


def share(right: Tensor) -> dict[str, float]:
    """Share of bool [P, S], with its interval over P prompts."""
    cluster = np.arange(len(right)).repeat(right.shape[1])
    found = intervals.clustered_proportion(right.flatten().numpy(), cluster)
    return {"share": found.pop("mean"), **found}


def ratio(generated: Tensor, real: Tensor, seed: int) -> dict[str, float]:
    """Accuracy on generated over that on real pictures, bool [P, S] each, with a bootstrap interval over prompts.

    Prompts are resampled with both kinds of their pictures (percentile interval; Efron & Tibshirani 1993, chapter 13).
    """
    first, second = generated.double().mean(1).numpy(), real.double().mean(1).numpy()
    random = np.random.default_rng(seed)
    drawn: list[npt.NDArray[np.float64]] = []
    for _ in range(RESAMPLED // 100):
        rows = random.integers(len(first), size=(100, len(first)))
        drawn.append(first[rows].mean(1) / np.maximum(second[rows].mean(1), 1e-9))
    low, high = np.quantile(np.concatenate(drawn), [0.025, 0.975])
    value = float(first.mean() / max(second.mean(), 1e-9))
    return {"share": value, "low": float(low), "high": float(high), "n": len(first)}


def copies(found: Nearness, count: int) -> dict[str, Any]:
    """Share of generated pictures nearer to a training composition than real held-out ones are."""
    learned = found.copied(found.learned)
    return {
        **share(found.copied(found.generated).unflatten(0, (-1, count))),
        "threshold": found.threshold,
        "median": {key: float(getattr(found, key).median()) for key in ("generated", "held_out", "learned")},
        "learned": float(learned.double().mean()),
        "held_out_n": len(found.held_out),
        "learned_n": len(learned),
    }


def measured(verdicts: dict[str, Verdicts], seed: int) -> dict[str, Any]:
    """Accuracy of each kind of pictures, and the ratio of the first to the second."""
    return {
        **{name: {**share(part.thing), "scene": share(part.scene)} for name, part in verdicts.items()},
        "ratio": ratio(verdicts["generated"].thing, verdicts["real"].thing, seed),
        "ratio_through_autoencoder": ratio(verdicts["generated"].thing, verdicts["through_autoencoder"].thing, seed),
    }


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train the judge, draw, read, and compare."""
    ranked = stage.read_section("generate_ranked", generate_ranked.Params)
    training = stage.read_section("train_text2image", train_text2image.Params)
    section = stage.read_section("train_picture_judge", train_picture_judge.Params)
    device = prepare(ranked.device)
    pictures = load_pictures()
    model = load_text2image(ranked.model, ranked.revision, device, ranked.batch_size)
    size = args.image_size or min(model.picture_size, SIZE)
    changes = {"seed": args.seed, "steps": args.steps, "batch_size": args.batch_size, "image_size": size}
    judge = train_independent(pictures, section.model_copy(update=changes), training)
    count = args.pictures_per_prompt
    things = known_things(pictures, ranked.model, ranked.words.things)
    prompts = draw_prompts(pictures, ranked.words, things, args.prompts, args.seed, STUDY).repeated(count)
    images = pictures_of(model, pictures, ranked, training, prompts, args.seed)
    verdicts = {name: judge_pictures(judge, pictures, part, prompts, count) for name, part in images.items()}
    near = measure_nearness(model, pictures, training, images["generated"], prompts.thing, args.seed)
    return {
        **measured(verdicts, args.seed),
        "copies": copies(near, count),
        "prompts": args.prompts,
        "seed": args.seed,
        "steps": args.steps,
        "guidance_scale": ranked.drawing.guidance_scale,
        "image_size": size,
        "artists": list(judge.config.styles),
        "model": fingerprint(model),
    }


def report(results: dict[str, Any]) -> None:
    """Print the accuracies, the ratio and the copies."""
    print(f"generated pictures: guidance scale {results['guidance_scale']:g}, model {results['model']}")
    for name in ("generated", "real", "through_autoencoder", "ratio", "ratio_through_autoencoder", "copies"):
        found = results[name]
        print(f"{name:26} {found['share']:6.1%} ({found['low']:.1%} to {found['high']:.1%}) of {found['n']}")
    found = results["copies"]
    print(
        f"{'copies of a perfect copier':26} {found['learned']:6.1%}; nearer than {found['threshold']:.1f} grey levels"
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write ``benchmarks/independent_judge.json``; bad input ends in one line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.independent_judge", description=__doc__)
    for name, default, told in (
        ("--steps", 1500, "optimizer steps of the judge"),
        ("--batch-size", 128, "pictures of a step"),
        ("--prompts", 400, "random prompts"),
        ("--pictures-per-prompt", 2, "pictures of each prompt"),
        ("--seed", 41, "of training, prompts and pictures"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{told}, default {default}")
    parser.add_argument(
        "--image-size", type=int, choices=(16, 32, 64), help="that the judge reads, default the model's"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"default {RESULTS}")
    args = parser.parse_args(arguments)
    try:
        for name in ("steps", "batch_size", "prompts", "pictures_per_prompt"):
            if getattr(args, name) < 1:
                raise InputError(f"--{name.replace('_', '-')}: found {getattr(args, name)}, expected 1 or more")
        results = run(args)
    except InputError as error:
        stage.fail("independent_judge", str(error))
    report(results)
    stage.write_json(args.out, intervals.rounded(results))


if __name__ == "__main__":
    main()
