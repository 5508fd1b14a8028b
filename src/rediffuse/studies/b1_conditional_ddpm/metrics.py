"""B1: all numbers that the study reports."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, model_validator

from rediffuse.evaluation.metrics import Filled, Fraction, Measured, Number, Part, Share, StageMetrics, keys

PREFIX = "scale_"


def scale_of(key: str) -> float:
    """1.5 of ``scale_1_5``: a dot would split the key for tools that address metrics by path.

    Raises:
        ValueError: it is no such key.
    """
    found = re.fullmatch(PREFIX + r"(\d+)(?:[_.](\d+))?", key, re.ASCII)
    if found is None:
        raise ValueError(f"found key {key!r}, expected {PREFIX}1, {PREFIX}1_5 or the like")
    return float(f"{found[1]}.{found[2] or 0}")


def _scales(found: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(found.items(), key=lambda item: scale_of(item[0])))


T = TypeVar("T")


class Kinds(Part, Generic[T]):
    """Of generated images, real ones of the training domain, and test images."""

    generated: T
    real: T
    test: T


class Nearest(Kinds[Number]):
    """Median distance to the nearest training image, root mean square of the pixels."""

    limit: Number  # the first percentile of the real images' distances
    copies: Kinds[Share]  # shares of images nearer than that


class Change(Part):
    """From the scale nearest to the reported one, paired."""

    accuracy: Measured
    diversity: Measured
    kid: Measured


class SweepPoint(Part):
    """All sets at one guidance scale, as the selector reads them."""

    accuracy: Share
    diversity: Measured
    kid: Measured
    change: Change | None = None  # of all scales but that nearest to the reported one


Digits = Annotated[dict[str, Fraction], keys(*(f"digit_{digit}" for digit in range(10)))]
BY_SET = (
    "accuracy_by_set",
    "by_digit",
    "ceiling_test",
    "baseline_1nn",
    "baseline_1nn_test",
    "unguided_by_set",
    "frechet",
    "kid",
    "diversity",
    "frechet_real",
    "kid_real",
    "diversity_real",
    "nearest",
)


class Metrics(StageMetrics):
    """All numbers of ``evaluate_digits``; the sets are those of the key ``ceiling``."""

    STAGE = "evaluate_digits"
    HEADLINES: ClassVar[tuple[str, ...]] = ("guidance_scale", "accuracy.mean", "unguided.mean", "guidance_gain.mean")

    guidance_scale: Number
    accuracy: Share  # of the judge on guided samples of all sets
    accuracy_by_set: dict[str, Share]
    by_digit: dict[str, Digits]
    ceiling: Annotated[dict[str, Share], Filled]  # of the judge on real images of the training domain
    ceiling_test: dict[str, Share]  # on test images, of other fonts and photographs
    baseline_1nn: dict[str, Share]  # 1-nearest neighbour on pixels, on the images of ``ceiling``
    baseline_1nn_test: dict[str, Share]  # on those of ``ceiling_test``
    unguided: Share
    unguided_by_set: dict[str, Fraction]
    guidance_gain: Measured  # of guided over unguided samples from the same noises
    frechet: dict[str, Number]
    kid: dict[str, Measured]  # kernel distance from real images
    diversity: dict[str, Measured]
    frechet_real: dict[str, Number]  # of as many real images: the least that can be expected
    kid_real: dict[str, Measured]
    diversity_real: dict[str, Measured]
    nearest: dict[str, Nearest]
    sweep: Annotated[dict[str, SweepPoint], Filled, AfterValidator(_scales)]  # by rising scale

    @model_validator(mode="after")
    def _every_set(self) -> Metrics:
        for key in BY_SET:
            for name in self.ceiling:
                if name not in self[key]:
                    raise ValueError(f"{key}: key {name} is missing")
        return self
