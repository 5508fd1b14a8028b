"""Measures of generated digits: how they are read, how varied they are, how near to real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.models.digit_classifier.model import DigitClassifier, read

_PART = 500  # images compared at once


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


def nearest_digits(images: Tensor, known: Tensor, digits: Tensor) -> Tensor:
    """Classify by 1-nearest neighbour on pixels (Cover and Hart 1967), the trivial baseline of every classifier.

    Args:
        images: uint8 [N, 3, 28, 28].
        known: uint8 [M, 3, 28, 28], training images.
        digits: int64 [M], what they show.

    Returns:
        int64 [N], the digit of the nearest training image at 14×14.
    """
    bank = _halved(known)
    lengths = bank.square().sum(1)
    found = [digits[(lengths - 2 * _halved(part) @ bank.T).argmin(1)] for part in images.split(_PART)]
    return torch.cat(found)


def _halved(images: Tensor) -> Tensor:
    return F.avg_pool2d(images.float(), 2).flatten(1)


def diversity_values(reading: Reading, per_digit: int) -> npt.NDArray[np.float64]:
    """Diversity as a mean over images: the mean distance of two images of one digit in the judge's features.

    Each image gets its pseudo-value of the jackknife (Tukey 1958), so that diversity is their mean, has Student's
    interval, and can be compared image by image where two models start from the same noises.

    Args:
        reading: three images of each digit at least.
        per_digit: the first so many images of each digit are taken, so that numbers compare.

    Returns:
        float64 [10 · per_digit], digits outermost.
    """
    found = []
    for digit in range(NUM_DIGITS):
        features = reading.features[reading.digits == digit][:per_digit].double()
        found.append(_pair_values(torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")))
    return np.concatenate(found)


def kernel_distance_values(real: Tensor, generated: Tensor) -> npt.NDArray[np.float64]:
    """Kernel distance of two sets of features (KID; Bińkowski et al. 2018, arXiv 1801.01401) as a mean over images.

    Unlike the Fréchet distance it is unbiased for any number of images. The kernel is (x·y / D + 1)³. Values are the
    jackknife's, as those of ``diversity_values``. ``real`` is taken as it is.

    Args:
        real, generated: [M, D] and [N, D], M ≥ 2, N ≥ 3.

    Returns:
        float64 [N], whose mean is the distance.
    """
    among, own = _kernel(real, real), _kernel(generated, generated)
    count = len(real)
    constant = float((among.sum() - among.diagonal().sum()) / (count * (count - 1)))
    across = _kernel(generated, real).mean(1).numpy()  # linear in the images, so each is its own pseudo-value
    return _pair_values(own) - 2 * across + constant


def _kernel(one: Tensor, other: Tensor) -> Tensor:
    return (one.double() @ other.double().T / one.shape[1] + 1) ** 3


def _pair_values(pairs: Tensor) -> npt.NDArray[np.float64]:
    """The jackknife's pseudo-values of the mean of ``pairs`` [N, N] off its diagonal, float64 [N]."""
    count = len(pairs)
    rows = pairs.sum(1) - pairs.diagonal()
    whole = rows.sum()
    without = (whole - 2 * rows) / ((count - 1) * (count - 2))
    return np.asarray(count * whole / (count * (count - 1)) - (count - 1) * without, dtype=np.float64)


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
