"""Study B1: how well are the digits read that the conditional DDPM draws?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rediffuse.compute import initial_noise
from rediffuse.digits.classifier import DigitClassifier
from rediffuse.digits.condition import NUM_DIGITS
from rediffuse.digits.dataset import DigitTensors, to_bytes
from rediffuse.digits.evaluation import Reading, diversity, frechet_distance, judge_images, nearest
from rediffuse.digits.generate import SHAPE, DigitModel, each_digit
from rediffuse.intervals import proportion
from rediffuse.params.evaluate_digits import Params


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
        test: float32 [N], the same of real test images.
        training: uint8 [N, 3, 28, 28], the generated images' nearest training images.
    """

    generated: Tensor
    test: Tensor
    training: Tensor


class DigitStudy:
    """The model, the judge and the real images that all measures of the study share."""

    def __init__(
        self, model: DigitModel, judge: DigitClassifier, train: DigitTensors, test: DigitTensors, params: Params
    ) -> None:
        self.train = {name: train.images[train.sets == index] for index, name in enumerate(train.names)}
        self.model, self.judge, self.params = model, judge, params
        self.names = test.names
        self.real = {name: test.rows(test.sets == index) for index, name in enumerate(test.names)}
        self.real_reading = {name: judge_images(judge, real.images, real.digits) for name, real in self.real.items()}

    def draw(self, guidance_scale: float, images_per_digit: int, progress: str) -> dict[str, Drawn]:
        """Images of every digit of every set. Their noises are those of seed set B ("evaluation"),
        the same at every scale, and none of them served to select the model."""
        digits, sets = each_digit(images_per_digit, len(self.names))
        images = self.model.draw(
            digits, sets, self.params.sampler, guidance_scale, self.params.seed, study="evaluation", progress=progress
        )
        return {name: self.judged(images[sets == index]) for index, name in enumerate(self.names)}

    def judged(self, images: Tensor) -> Drawn:
        """Let the judge read images of one set, uint8 [10 · n, 3, 28, 28], digits outermost."""
        digits = torch.arange(NUM_DIGITS).repeat_interleave(len(images) // NUM_DIGITS)
        return Drawn(images, judge_images(self.judge, images, digits))

    def accuracy(self, drawn: dict[str, Drawn]) -> dict[str, Any]:
        """The judge's accuracy over all sets, with its interval, and each set's."""
        right = {name: part.reading.right.numpy() for name, part in drawn.items()}
        total = proportion(np.concatenate(list(right.values())))
        return {
            "mean": total["mean"],
            **{name: float(part.mean()) for name, part in right.items()},
            "low": total["low"],
            "high": total["high"],
            "n": total["n"],
        }

    def frechet(self, drawn: dict[str, Drawn]) -> dict[str, float]:
        """Fréchet distance to all real test images but the first of each digit, by set.

        The first are left out so that they can be measured like generated ones.
        """
        return {name: self._frechet(name, part.reading.features) for name, part in drawn.items()}

    def real_frechet(self) -> dict[str, float]:
        """The same distance of as many real test images as are generated: the floor."""
        return {name: self._frechet(name, self._first(name)[0]) for name in self.names}

    def real_diversity(self) -> dict[str, float]:
        """Diversity of as many real test images as are generated."""
        count = self.params.images_per_digit
        return {name: diversity(reading, count) for name, reading in self.real_reading.items()}

    def _frechet(self, name: str, features: Tensor) -> float:
        return frechet_distance(self._first(name)[1], features)

    def _first(self, name: str) -> tuple[Tensor, Tensor]:
        """Features of the first real images of each digit, as many as are generated, and of the rest."""
        reading = self.real_reading[name]
        places = torch.cat(
            [
                torch.nonzero(reading.digits == digit).flatten()[: self.params.images_per_digit]
                for digit in range(NUM_DIGITS)
            ]
        )
        first = torch.zeros(len(reading.digits), dtype=torch.bool)
        first[places] = True
        return reading.features[first], reading.features[~first]

    def sweep(self) -> pd.DataFrame:
        """A row for each guidance scale and set: accuracy with interval, diversity, Fréchet distance, n."""
        rows = []
        count = self.params.sweep.images_per_digit
        for scale in self.params.sweep.guidance_scales:
            drawn = self.draw(scale, count, progress=f"guidance_scale {scale:g}")
            distant = self.frechet(drawn)
            for name, part in drawn.items():
                found = proportion(part.reading.right.numpy())
                found["accuracy"] = found.pop("mean")
                rows.append(
                    {
                        "scale": scale,
                        "set": name,
                        **found,
                        "diversity": diversity(part.reading, count),
                        "frechet": distant[name],
                    }
                )
        return pd.DataFrame(rows)

    def neighbours(self, name: str, images: Tensor) -> Neighbours:
        """Compare uint8 images [N, 3, 28, 28] of a set, and as many real test images, with its training images."""
        distances, rows = nearest(images, self.train[name])
        test_distances, _ = nearest(self.real[name].images[: len(images)], self.train[name])
        return Neighbours(distances, test_distances, self.train[name][rows])

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
        x_T, generators = initial_noise(SHAPE, self.params.seed, "evaluation", range(first, first + 1))
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


def sweep_metrics(sweep: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The sweep over all sets together: a mapping for each scale, ``scale_1``, ``scale_1_5`` …"""
    found = {}
    for scale, rows in sweep.groupby("scale"):
        right = np.concatenate(
            [np.arange(n) < round(share * n) for share, n in zip(rows.accuracy, rows.n, strict=True)]
        )
        total = proportion(right)
        found[f"scale_{scale:g}".replace(".", "_")] = {
            "accuracy": total["mean"],
            "low": total["low"],
            "high": total["high"],
            "diversity": float(rows.diversity.mean()),
            "frechet": float(rows.frechet.mean()),
            "n": total["n"],
        }
    return found
