"""Noise, blur and rotation of rising severity (Hendrycks and Dietterich 2019, arXiv 1903.12261).

Noise and blur are those of CIFAR-10-C, Tiny ImageNet-C or ImageNet-C, by the side of the picture; rotation is ours.
A picture is corrupted as the model reads it, after it was resized and cropped, as ImageNet-C does.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor

from rediffuse.pipeline.compute import generator

Kind = Literal["noise", "blur", "rotation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SEVERITIES = (1, 2, 3, 4, 5)
_ROTATION = (10.0, 20.0, 30.0, 45.0, 90.0)
# The largest side that each of the sets stands for, pixels; its own pictures have 32, 64 and 224.
_LEVELS: dict[float, dict[Kind, tuple[float, ...]]] = {
    48: {"noise": (0.04, 0.06, 0.08, 0.09, 0.10), "blur": (0.4, 0.6, 0.7, 0.8, 1.0)},
    96: {"noise": (0.04, 0.08, 0.12, 0.15, 0.18), "blur": (0.5, 0.75, 1.0, 1.25, 1.5)},
    math.inf: {"noise": (0.08, 0.12, 0.18, 0.26, 0.38), "blur": (1.0, 2.0, 3.0, 4.0, 6.0)},
}


def level(kind: Kind, severity: int, image_size: int) -> float:
    """How strong a corruption is, as σ of the range 0 to 1 for noise, σ in pixels for blur, and degrees for rotation.

    Args:
        severity: 1 to 5.
        image_size: side of the picture that is corrupted, pixels.
    """
    if kind == "rotation":
        return _ROTATION[severity - 1]
    return next(levels for side, levels in _LEVELS.items() if image_size <= side)[kind][severity - 1]


def corrupt(images: Tensor, kind: Kind, severity: int, seed: int, study: str, indices: Tensor) -> Tensor:
    """Corrupted pictures, uint8 [N, 3, H, W]; each the same alone or in a batch.

    Noise and the direction of a turn depend on (seed, study, kind, index) and not on the severity, so that a picture
    meets more of the same from one severity to the next.

    Args:
        images: uint8 [N, 3, H, W].
        severity: 1 to 5.
        indices: int64 [N], the number of each picture in its set.
    """
    strength = level(kind, severity, images.shape[-1])
    corrupted = [
        _corrupt_one(image.numpy(), kind, strength, generator(seed, f"{study}/{kind}", index))
        for image, index in zip(images, indices.tolist(), strict=True)
    ]
    return torch.from_numpy(np.stack(corrupted))


def _corrupt_one(
    image: npt.NDArray[np.uint8], kind: Kind, strength: float, random: torch.Generator
) -> npt.NDArray[np.uint8]:
    values = image.astype(np.float32) / 255
    if kind == "noise":
        values = values + strength * torch.randn(image.shape, generator=random).numpy()
    elif kind == "blur":
        values = ndimage.gaussian_filter(values, (0, strength, strength), mode="nearest", truncate=4)
    else:
        angle = strength if torch.rand((), generator=random) < 0.5 else -strength
        # The picture goes on as in a mirror: black corners would be a corruption of their own.
        values = ndimage.rotate(values, angle, axes=(2, 1), reshape=False, order=1, mode="mirror")
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
