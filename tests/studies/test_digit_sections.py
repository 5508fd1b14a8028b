"""The sentences follow the numbers, whichever way these fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.report.params import Params
from rediffuse.report.render import render

PLAIN = Params(title="A title", author="", note="")
Both = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture
def both(digits: dict, ddim: dict) -> Both:
    return digits, ddim


def put(content: dict[str, Any], **values: Any) -> None:
    for path, value in values.items():
        *keys, last = path.split("__")
        place = content
        for key in keys:
            place = place[key]
        place[last] = value


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Guidance raised the accuracy."),
        ({"guidance_gain__mean": -0.02, "guidance_gain__low": -0.03, "guidance_gain__high": -0.01}, "Guidance lowered"),
        ({"guidance_gain__low": -0.01}, "within the noise of this"),
        ({}, "Guidance makes samples of one digit more alike."),
        ({"sweep__scale_1__change__diversity__low": -0.2}, "No effect of guidance on variety is distinguishable."),
        (
            {
                f"sweep__scale_1__change__diversity__{key}": value
                for key, value in zip(("mean", "low", "high"), (-2.0, -3.0, -1.0), strict=True)
            },
            "Guidance makes samples of one digit differ more.",
        ),
        ({}, "No scale of the sweep is classified correctly more often than 3."),
        ({"sweep__scale_5__change__accuracy__low": 0.001}, "Classified correctly more often: scale 5."),
        ({}, "Closer to real images by the kernel distance is scale 2, by 0.500 [0.30, 0.70]."),
        ({"sweep__scale_2__change__kid__high": 0.1}, "No scale is closer to real images than 3"),
        ({}, "The samples pass the course’s strong line"),
        ({"accuracy__mean": 0.9, "accuracy__low": 0.88, "accuracy__high": 0.92}, "stay below the course’s strong line"),
        ({"accuracy__low": 0.94}, "The interval spans the course’s strong line"),
        ({"accuracy__low": 0.997, "accuracy__high": 0.999}, "above the best published figure"),
        ({"accuracy__high": 0.995}, "out of reach of this interval"),
        (
            {},
            "Samples are classified correctly more often on MNIST-M and Street numbers than real images of",
        ),
        (
            {"ceiling__mnistm__high": 0.999, "ceiling__street__high": 0.999},
            "The judge’s accuracy on samples is not distinguishable from that on real images of the training domain.",
        ),
        ({}, "near-copies of training images among samples is not distinguishable from that of real images."),
        (
            {
                "nearest__mnistm__copies__generated__mean": 0.2,
                "nearest__mnistm__copies__generated__low": 0.15,
                "nearest__mnistm__copies__generated__high": 0.25,
            },
            "Near-copies of training images are more frequent on MNIST-M among samples than among real images.",
        ),
        (
            {
                "nearest__street__copies__generated__mean": 0.0,
                "nearest__street__copies__generated__low": 0.0,
                "nearest__street__copies__generated__high": 0.001,
            },
            "Near-copies of training images are less frequent on Street numbers among",
        ),
        ({}, "Samples vary less on MNIST-M and Street numbers than real images of the training domain."),
        (
            {"diversity__mnistm__mean": 12.0, "diversity__mnistm__low": 11.5, "diversity__mnistm__high": 12.5},
            "Samples vary less on Street numbers and more on MNIST-M than",
        ),
        ({}, "Neither set is harder beyond doubt."),
    ],
)
def test_digits(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, **changes)
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder)


def test_samples_that_read_worse_than_real_images(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, accuracy_by_set__mnistm={"mean": 0.9, "low": 0.87, "high": 0.92, "n": 500})
    rewrite(digits, ddim)
    page = render(PLAIN, run_folder)
    assert "classified correctly less often on MNIST-M and more often on Street numbers than real" in page
    assert "MNIST-M is the harder set" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "not one pixel differs"),
        ({"repeat": 3.0}, "A second run at η = 0 did not give the same image."),
        ({}, "The more noise η lets in, the further the image drifts."),
        (
            {f"distance_step__eta_1__{key}": value for key, value in (("mean", -3.0), ("low", -5.0), ("high", -1.0))},
            "It falls at η = 1.",
        ),
        ({"distance_step__eta_1__low": -1.0}, "further with η, but not beyond doubt at each step."),
        ({}, "images are less legible and flatter than on the sphere."),
        ({"change__lerp_slerp__sharpness__high": 0.1}, "images are less legible than on the sphere."),
        (
            {f"change__lerp_slerp__sharpness__{key}": value for key, value in (("low", 0.4), ("high", 0.6))},
            "images are less legible, yet sharper, than on the sphere.",
        ),
        ({}, "the straight line is not distinguishably worse than the sphere."),
        ({"change__corrected_lerp_lerp__confidence__low": -0.1}, "made no measurable difference to the judge."),
        (
            {
                f"change__corrected_lerp_lerp__confidence__{key}": value
                for key, value in (("low", -0.4), ("high", -0.2))
            },
            "did not help; the judge is less sure of the result.",
        ),
        (
            {"change__corrected_lerp_slerp__confidence__high": -0.01},
            "Restoring the length of the noise helps the straight line.",
        ),
    ],
)
def test_ddim(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(ddim["digits"], **changes)
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder)


def test_ways_that_cannot_be_told_apart(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    for measure in ddim["digits"]["change"]["lerp_slerp"].values():
        measure.update(low=-0.1, high=0.1)
    rewrite(digits, ddim)
    assert "linear and spherical interpolation are not distinguishable." in render(PLAIN, run_folder)
