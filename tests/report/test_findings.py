"""The sentences follow the numbers, whichever way these fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.params.report import Params
from rediffuse.report.page import render

PLAIN = Params(title="A title", author="", note="")
Both = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture
def both(digits: dict, ddim: dict) -> Both:
    return digits, ddim


def put(content: dict[str, Any], **values: float) -> None:
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
        ({"unguided__mean": 0.999, "unguided__low": 0.998, "unguided__high": 1.0}, "Guidance lowered the accuracy."),
        (
            {"unguided__mean": 0.99, "unguided__low": 0.98, "unguided__high": 1.0},
            "within the noise of this",
        ),
        ({}, "More guidance means less variety."),
        ({"sweep__scale_6__diversity": 30.0}, "Variety did not fall as guidance grew."),
        ({}, "The samples pass the course’s strong line"),
        ({"accuracy__mean": 0.9, "accuracy__low": 0.88, "accuracy__high": 0.92}, "stay below the course’s strong line"),
        ({"accuracy__low": 0.94}, "The interval spans the course’s strong line"),
        ({"accuracy__low": 0.997, "accuracy__high": 0.999}, "above the best published figure"),
        ({"accuracy__high": 0.995}, "out of reach of this interval"),
        ({}, "On Street numbers, samples are read more often than real images are"),
        ({"nearest__mnistm__generated": 2.0}, "Samples of MNIST-M lie nearer to the training images"),
        ({}, "No sign of copied training images."),
        ({"diversity__mnistm": 12.0, "diversity__street": 12.0}, "Samples of MNIST-M and Street numbers vary more"),
    ],
)
def test_digits(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, **changes)
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder)


def test_samples_that_read_worse_than_real_images(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, accuracy__mnistm=0.9, accuracy_interval__mnistm__low=0.87, accuracy_interval__mnistm__high=0.92)
    rewrite(digits, ddim)
    page = render(PLAIN, run_folder)
    assert "On MNIST-M, samples are read less often than real images are." in page
    assert "MNIST-M is the harder set" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "not one pixel differs"),
        ({"repeat": 3.0}, "A second run at η = 0 did not give the same image."),
        ({}, "The more noise η lets in, the further the image drifts."),
        ({"distance__eta_1": 40.0}, "It does not grow from η = 0.75 to 1."),
        ({}, "images are less legible and flatter than on the sphere."),
        ({}, "once that is restored, nothing is missing."),
        ({"judge_confidence__corrected_lerp": 0.71}, "made no measurable difference to the judge."),
        ({"judge_confidence__corrected_lerp": 0.2}, "did not help; the judge is less sure of the result."),
        ({"judge_confidence__corrected_lerp": 0.85}, "Restoring the length of the noise helps the straight line."),
    ],
)
def test_ddim(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(ddim["digits"], **changes)
    for mode, value in ddim["digits"]["judge_confidence"].items():
        ddim["digits"]["judge_confidence_interval"][mode] = {"low": value - 0.03, "high": min(1, value + 0.03)}
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder)


def test_ways_that_cannot_be_told_apart(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    for key in ("judge_confidence", "judge_confidence_interval", "sharpness", "sharpness_interval"):
        ddim["digits"][key]["lerp"] = ddim["digits"][key]["slerp"]
    rewrite(digits, ddim)
    assert "linear and spherical interpolation could not be told apart." in render(PLAIN, run_folder)
