"""Study B1: how well are the digits read that the conditional DDPM draws?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.data.pixels import to_bytes
from rediffuse.evaluation.intervals import clustered_difference, mean, proportion, without_counts
from rediffuse.models.digit_classifier.model import DigitClassifier
from rediffuse.models.digit_ddpm.model import SHAPE, DigitModel, each_digit
from rediffuse.pipeline.compute import initial_noise
from rediffuse.studies.b1_conditional_ddpm.measures import (
    Reading,
    diversity_values,
    frechet_distance,
    judge_images,
    kernel_distance_values,
    nearest,
    nearest_digits,
)
from rediffuse.studies.b1_conditional_ddpm.params import Params

Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]

COPY_PERCENTILE = 1
BASELINE_IMAGES = 20_000  # training images of each set in which 1-nearest neighbour searches
REAL_EACH = 2  # real images whose neighbours are looked up, for each generated one


@dataclass(frozen=True)
class Drawn:
    """Generated images of one set, with what the judge read.

    Attributes:
        images: uint8 [10 · n, 3, 28, 28], digits outermost.
        reading: the judge's.
    """

    images: Tensor
    reading: Reading


@dataclass(frozen=True)
class Neighbours:
    """How near images of one set come to its training images.

    Attributes:
        generated: float32 [N], distance of each generated image to its nearest training image,
            root mean square over the pixels, 0 to 255.
        real: float32 [M], the same of real images of the training domain, the split ``val``.
        test: float32 [N], the same of real test images, whose fonts and photographs are others.
        training: uint8 [N, 3, 28, 28], the generated images' nearest training images.
    """

    generated: Tensor
    real: Tensor
    test: Tensor
    training: Tensor

    @property
    def limit(self) -> float:
        """The distance below which an image counts as a near-copy: the first percentile of the real images'."""
        return float(np.percentile(self.real.numpy(), COPY_PERCENTILE))


@dataclass(frozen=True)
class SweptScale:
    """Images of all sets at one guidance scale, as the selector reads them; image i starts from the same noise.

    Attributes:
        right: bool [N].
        diversity: float64 [N], values whose mean is the diversity.
        kid: float64 [N], values whose mean is the kernel distance from real images.
        sets: int64 [N], place in the names of the sets.
    """

    right: Flags
    diversity: Values
    kid: Values
    sets: npt.NDArray[np.int64]


@dataclass(frozen=True)
class RealDigits:
    """The splits of all sets. Samples imitate ``train``; ``val`` is of the same domain, ``test`` is of another."""

    train: DigitTensors
    val: DigitTensors
    test: DigitTensors


class DigitStudy:
    """The model, the judge and the real images that all measures of the study share."""

    def __init__(self, model: DigitModel, judge: DigitClassifier, real: RealDigits, params: Params) -> None:
        self.model, self.judge, self.params = model, judge, params
        self.names = real.val.names
        self.train, self.real, self.test = (
            {name: part.rows(part.sets == index) for index, name in enumerate(self.names)}
            for part in (real.train, real.val, real.test)
        )
        self.real_reading, self.test_reading = (
            {name: judge_images(judge, part.images, part.digits) for name, part in parts.items()}
            for parts in (self.real, self.test)
        )

    def draw(
        self, guidance_scale: float, images_per_digit: int, progress: str, study: str = "reported"
    ) -> dict[str, Tensor]:
        """Images of every digit of every set, uint8 [10 · n, 3, 28, 28] each, digits outermost.

        The noises hang on ``study`` and are the same at every scale. Those of "reported" chose neither the checkpoint
        nor a parameter.
        """
        digits, sets = each_digit(images_per_digit, len(self.names))
        images = self.model.draw(
            digits, sets, self.params.sampler, guidance_scale, self.params.seed, study=study, progress=progress
        )
        return {name: images[sets == index] for index, name in enumerate(self.names)}

    def judged(self, images: Tensor) -> Drawn:
        """Let the judge read images of one set, uint8 [10 · n, 3, 28, 28], digits outermost."""
        return Drawn(images, judge_images(self.judge, images, digits_of(images)))

    def accuracy(self, drawn: dict[str, Drawn]) -> dict[str, Any]:
        """The judge's accuracy over all sets, with its interval."""
        return proportion(np.concatenate([part.reading.right.numpy() for part in drawn.values()]))

    def gain(self, after: dict[str, Drawn], before: dict[str, Drawn]) -> dict[str, float]:
        """By how much the accuracy of images from the same noises differs."""

        def right(drawn: dict[str, Drawn]) -> Flags:
            return np.concatenate([part.reading.right.numpy() for part in drawn.values()])

        return clustered_difference(right(after), right(before))

    def baselines(self, parts: dict[str, DigitTensors]) -> dict[str, Any]:
        """The accuracy of 1-nearest neighbour on pixels on real images, by set.

        Args:
            parts: a split of each set.
        """
        found = {}
        for name, part in parts.items():
            known = self.train[name].images[:BASELINE_IMAGES], self.train[name].digits[:BASELINE_IMAGES]
            found[name] = proportion(nearest_digits(part.images, *known) == part.digits)
        return found

    def closeness(self, drawn: dict[str, Drawn]) -> dict[str, Any]:
        """Fréchet and kernel distance to real images, and diversity, by set; of generated and of as many real images.

        The first real images of each digit are measured like generated ones, against the rest. Where there are too few
        for both, half of them are taken, and as many of the generated ones.
        """
        found: dict[str, dict[str, Any]] = {key: {} for key in ("frechet", "kid", "diversity")}
        found |= {f"{key}_real": {} for key in ("frechet", "kid", "diversity")}
        for name, part in drawn.items():
            fewest = int(self.real_reading[name].digits.bincount(minlength=NUM_DIGITS).min())
            count = min(self.params.images_per_digit, fewest // 2)
            first, rest = first_and_rest(self.real_reading[name], count)
            for end, reading, features in (
                ("", part.reading, first_and_rest(part.reading, count)[0]),
                ("_real", self.real_reading[name], first),
            ):
                found[f"frechet{end}"][name] = frechet_distance(rest, features)
                found[f"kid{end}"][name] = mean(kernel_distance_values(rest, features))
                found[f"diversity{end}"][name] = mean(diversity_values(reading, count))
        return found

    def sweep(self, selector: DigitClassifier) -> dict[float, SweptScale]:
        """Images at each guidance scale, from noises of their own, read by the selector.

        The scale is chosen by these, so neither the judge nor the reported noises take part.
        """
        count = self.params.sweep.images_per_digit
        real = {
            name: judge_images(selector, part.images, part.digits).features[: REAL_EACH * NUM_DIGITS * count]
            for name, part in self.real.items()
        }
        found = {}
        for scale in self.params.sweep.guidance_scales:
            images = self.draw(scale, count, progress=f"guidance_scale {scale:g}", study="guidance sweep")
            readings = {name: judge_images(selector, part, digits_of(part)) for name, part in images.items()}
            found[scale] = SweptScale(
                np.concatenate([reading.right.numpy() for reading in readings.values()]),
                np.concatenate([diversity_values(reading, count) for reading in readings.values()]),
                np.concatenate([kernel_distance_values(real[name], part.features) for name, part in readings.items()]),
                np.repeat(np.arange(len(readings)), NUM_DIGITS * count),
            )
        return found

    def neighbours(self, name: str, images: Tensor) -> Neighbours:
        """Compare uint8 images [N, 3, 28, 28] of a set, and real ones, with its training images."""
        known = self.train[name].images
        distances, rows = nearest(images, known)
        real, _ = nearest(self.real[name].images[: REAL_EACH * len(images)], known)
        test, _ = nearest(self.test[name].images[: len(images)], known)
        return Neighbours(distances, real, test, known[rows])

    def film(self, name: str) -> tuple[Tensor, Tensor]:
        """The reverse process of the first "0" of a set at the film's timesteps.

        All T steps are taken, so that each timestep is met; DPM-Solver++ and DDIM solve one
        equation, so DDIM stands in for it.

        Returns:
            x_t and the guess of x_0, both uint8 [len(film_timesteps), 3, 28, 28].
        """
        total = self.model.schedule.num_train_timesteps
        index = self.names.index(name)
        first = index * NUM_DIGITS * self.params.images_per_digit  # its place, and so its noise, among the images
        name_ = "ddpm" if self.params.sampler.name == "ddpm" else "ddim"
        every = self.params.sampler.model_copy(
            update={"name": name_, "num_inference_steps": total, "spacing": "leading"}
        )
        x_T, generators = initial_noise(SHAPE, self.params.seed, "reported", range(first, first + 1))
        digit, set_ = torch.zeros(1, dtype=torch.long), torch.full((1,), index)
        wanted = [min(t, total) - 1 for t in self.params.film_timesteps]  # the report counts t from 1
        seen = {}
        with torch.inference_mode():
            for state in self.model.states(digit, set_, every, self.params.guidance_scale, x_T, generators):
                if state.t in wanted:
                    seen[state.t] = (to_bytes(state.x_t[0]).cpu(), to_bytes(state.x_0[0]).cpu())
        return torch.stack([seen[t][0] for t in wanted]), torch.stack([seen[t][1] for t in wanted])


def by_digit(reading: Reading) -> dict[str, dict[str, float]]:
    """The judge's accuracy on each digit, with its interval."""
    return {f"digit_{digit}": proportion(reading.right[reading.digits == digit].numpy()) for digit in range(NUM_DIGITS)}


def digits_of(images: Tensor) -> Tensor:
    """What images [10 · n, …] of a set were asked to show, int64 [10 · n], digits outermost."""
    return torch.arange(NUM_DIGITS).repeat_interleave(len(images) // NUM_DIGITS)


def first_and_rest(reading: Reading, count: int) -> tuple[Tensor, Tensor]:
    """Features of the first ``count`` images of each digit, and of the rest."""
    places = [torch.nonzero(reading.digits == digit).flatten()[:count] for digit in range(NUM_DIGITS)]
    first = torch.zeros(len(reading.digits), dtype=torch.bool)
    first[torch.cat(places)] = True
    return reading.features[first], reading.features[~first]


def neighbour_metrics(near: Neighbours) -> dict[str, Any]:
    """Median distances, the limit of a near-copy, and the shares of images below it."""
    parts = {"generated": near.generated, "real": near.real, "test": near.test}
    return {
        **{key: float(part.median()) for key, part in parts.items()},
        "limit": near.limit,
        "copies": {key: proportion((part < near.limit).numpy()) for key, part in parts.items()},
    }


def sweep_table(sweep: dict[float, SweptScale], names: list[str]) -> pd.DataFrame:
    """A row for each guidance scale and set: accuracy, diversity and kernel distance with intervals, and n."""
    rows = []
    for scale, found in sweep.items():
        for index, name in enumerate(names):
            own = found.sets == index
            row: dict[str, Any] = {"scale": scale, "set": name}
            measures = {
                "accuracy": proportion(found.right[own]),
                "diversity": mean(found.diversity[own]),
                "kid": mean(found.kid[own]),
            }
            for key, value in measures.items():
                row |= {key: value["mean"], f"{key}_low": value["low"], f"{key}_high": value["high"]}
            rows.append(row | {"n": int(own.sum())})
    return pd.DataFrame(rows)


def sweep_metrics(sweep: dict[float, SweptScale], reported: float) -> dict[str, Any]:
    """The sweep over all sets together: a mapping for each scale, ``scale_1``, ``scale_1_5`` …

    ``change`` is each measure less that at the scale nearest to the reported one, from the same noises; that scale
    has none.
    """
    base = sweep[min(sweep, key=lambda scale: abs(scale - reported))]

    def change(found: SweptScale, key: str, limit: float) -> dict[str, float]:
        return without_counts(clustered_difference(getattr(found, key), getattr(base, key), limit=limit))

    points: dict[str, Any] = {}
    for scale, found in sweep.items():
        point = points[f"scale_{scale:g}".replace(".", "_")] = {
            "accuracy": proportion(found.right),
            "diversity": mean(found.diversity),
            "kid": mean(found.kid),
        }
        if found is not base:
            point["change"] = {
                "accuracy": change(found, "right", 1.0),
                "diversity": change(found, "diversity", np.inf),
                "kid": change(found, "kid", np.inf),
            }
    return points
