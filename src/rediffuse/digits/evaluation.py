"""Measures of generated digits: how they are read, how varied they are, how near to real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from rediffuse.digits.classifier import DigitClassifier, read
from rediffuse.digits.condition import NUM_DIGITS


@dataclass(frozen=True)
class Reading:
    """What a judge made of images of one set.

    Attributes:
        right: bool [N], whether the judge read the digit that was asked for.
        answers: int64 [N], what it read.
        confidence: float32 [N], its highest probability.
        features: float32 [N, D].
        digits: int64 [N], what was asked for.
    """

    right: Tensor
    answers: Tensor
    confidence: Tensor
    features: Tensor
    digits: Tensor


def judge_images(judge: DigitClassifier, images: Tensor, digits: Tensor) -> Reading:
    """Let ``judge`` read uint8 images [N, 3, 28, 28] of ``digits`` [N]."""
    probabilities, features = read(judge, images)
    confidence, answers = probabilities.max(dim=1)
    return Reading(answers == digits, answers, confidence, features, digits)


def diversity(reading: Reading, per_digit: int) -> float:
    """Mean distance of two images of one digit in the judge's features, mean over the digits.

    The first ``per_digit`` images of each digit are taken, so that numbers compare.
    """
    distances = []
    for digit in range(NUM_DIGITS):
        features = reading.features[reading.digits == digit][:per_digit].double()
        distances.append(float(torch.pdist(features).mean()))
    return float(np.mean(distances))


class _Identity(nn.Module):
    """A feature extractor for torchmetrics that takes features as they are."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(real: Tensor, generated: Tensor) -> float:
    """Fréchet distance of two sets of features (Heusel et al. 2017, arXiv 1706.08500, eq. 6).

    Comparable only within one judge and between equal numbers of images: the features are the
    judge's, not Inception's.

    Args:
        real, generated: [N, D] and [M, D].
    """
    metric = FrechetInceptionDistance(_Identity(real.shape[1]), input_img_size=(real.shape[1],))
    metric.set_dtype(torch.float64)
    metric.update(real.double(), real=True)
    metric.update(generated.double(), real=False)
    return float(metric.compute())


def nearest(images: Tensor, training: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest training image of each image.

    Args:
        images: uint8 [N, C, H, W]; training: uint8 [M, C, H, W].

    Returns:
        distance float32 [N], root mean square over the pixels, 0 to 255; and its row, int64 [N].
    """
    bank = training.flatten(1).float()
    lengths = bank.square().sum(1)
    distances, rows = [], []
    for batch in images.flatten(1).float().split(250):
        squared = batch.square().sum(1, keepdim=True) + lengths - 2 * batch @ bank.T  # [b, M]
        row = squared.argmin(dim=1)
        # Taken anew, for the expanded square cancels where two images are nearly one.
        distances.append((batch - bank[row]).square().mean(1).sqrt())
        rows.append(row)
    return torch.cat(distances), torch.cat(rows)
