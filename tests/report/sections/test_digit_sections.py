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
        ({}, "With guidance, the accuracy is higher than without."),
        (
            {"guidance_gain__mean": -0.02, "guidance_gain__low": -0.03, "guidance_gain__high": -0.01},
            "With guidance, the accuracy is lower than without.",
        ),
        ({"guidance_gain__low": -0.01}, "The accuracy with guidance is not distinguishable from that without."),
        ({}, "From guidance scale 1 to 3, samples of one digit become more alike."),
        (
            {"sweep__scale_1__change__diversity__low": -0.2},
            "From guidance scale 1 to 3, no change of variety is distinguishable.",
        ),
        (
            {
                f"sweep__scale_1__change__diversity__{key}": value
                for key, value in zip(("mean", "low", "high"), (-2.0, -3.0, -1.0), strict=True)
            },
            "From guidance scale 1 to 3, samples of one digit become less alike.",
        ),
        (
            {},
            "In the selector’s features, the mean distance of two samples of one digit goes from 9.54 to 8.22, "
            "by −1.32",
        ),
        (
            {},
            "The reported scale was chosen on these noises. Its accuracy by the selector, 99.3 %, is below that "
            "at scale "
            "4, 99.5 %.",
        ),
        (
            {f"sweep__scale_{scale}__accuracy__mean": 0.993 for scale in (4, 5, 6)},
            "Its accuracy by the selector, 99.3 %, is the highest; scale 4, scale 5 and scale 6 reach it, too.",
        ),
        (
            {"sweep__scale_3__accuracy__mean": 0.996},
            "Its accuracy by the selector, 99.6 %, is the highest, and no other scale reaches it.",
        ),
        (
            {f"sweep__scale_{scale}__accuracy__mean": 0.993 for scale in (2, 4, 5, 6)},
            "is the highest; scale 2, scale 4, scale 5 and scale 6 reach it, too.",
        ),
        ({}, "At scale 1, 5.8 % are read as another digit, which may add to the distance."),
        (
            {f"sweep__scale_{scale}__change__accuracy__high": -0.001 for scale in (4, 5)}
            | {f"sweep__scale_{scale}__change__accuracy__low": -0.002 for scale in (4, 5)},
            "accuracy is not distinguishable, it differs by −1.98 [−2.08, −1.88] at scale 6 less 3.",
        ),
        (
            {},
            "Against scale 3, the accuracy is not distinguishable at scales 4, 5 and 6 and is lower at scales 1 and 2.",
        ),
        (
            {"sweep__scale_5__change__accuracy__low": 0.001},
            "accuracy is higher at scale 5, is not distinguishable at scales 4 and 6 and is lower at scales 1 and 2.",
        ),
        ({}, "scale 2 is closer to real images than 3, by 0.500 [0.30, 0.70]."),
        (
            {
                f"sweep__scale_4__change__kid__{key}": value
                for key, value in (("mean", -1), ("low", -2), ("high", -0.5))
            },
            "scales 2 and 4 are closer to real images than 3, by 0.500 [0.30, 0.70] and 1.00 [0.50, 2.00].",
        ),
        ({"sweep__scale_2__change__kid__high": 0.1}, "No scale is distinguishably closer to real images than 3"),
        ({}, "By our judge, the samples pass the course’s strong line"),
        (
            {"accuracy__mean": 0.9, "accuracy__low": 0.88, "accuracy__high": 0.92},
            "By our judge, the samples stay below the course’s strong line",
        ),
        ({"accuracy__low": 0.94}, "By our judge, the samples are not distinguishable from the course’s strong line"),
        ({"accuracy__low": 0.997, "accuracy__high": 0.999}, "above the best published figure"),
        ({"accuracy__high": 0.995}, "out of reach of this interval"),
        (
            {},
            "samples are classified correctly more often on MNIST-M and Street numbers than real images of the "
            "training",
        ),
        (
            {"ceiling__mnistm__high": 0.999, "ceiling__street__high": 0.999},
            "the judge’s accuracy on samples is not distinguishable from that on real images of the training domain.",
        ),
        (
            {"ceiling_test__mnistm__mean": 0.97, "ceiling_test__mnistm__low": 0.96, "ceiling_test__mnistm__high": 0.98},
            "samples are classified correctly more often on MNIST-M and Street numbers than real images.",
        ),
        (
            {"ceiling__mnistm__high": 0.999, "ceiling__street__high": 0.999, "ceiling_test__street__high": 0.999},
            "the judge’s accuracy on samples is not distinguishable from that on real images.",
        ),
        (
            {},
            "99.6 % against 98.1 % of real images of the training domain, +1.5 points [0.4, 2.0], and 99.1 % of test "
            "images, +0.5 points [−0.6, 0.9]; without guidance 97.2 %,",
        ),
        ({}, "no excess of near-copies of training images was found among samples."),
        (
            {
                "nearest__mnistm__copies__generated__mean": 0.2,
                "nearest__mnistm__copies__generated__low": 0.15,
                "nearest__mnistm__copies__generated__high": 0.25,
            },
            "near-copies of training images are more frequent on MNIST-M among samples than among test images.",
        ),
        (
            {
                "nearest__street__copies__test__mean": 0.1,
                "nearest__street__copies__test__low": 0.08,
                "nearest__street__copies__test__high": 0.13,
            },
            "near-copies of training images are less frequent on Street numbers among samples than among test images.",
        ),
        # Real images are at 1 % by construction, so these decide nothing.
        (
            {
                "nearest__street__copies__real__mean": 0.9,
                "nearest__street__copies__real__low": 0.8,
                "nearest__street__copies__real__high": 0.95,
            },
            "no excess of near-copies of training images was found among samples.",
        ),
        ({}, "samples vary less on MNIST-M and Street numbers than real images of the training domain."),
        (
            {"diversity__mnistm__mean": 12.0, "diversity__mnistm__low": 11.5, "diversity__mnistm__high": 12.5},
            "samples vary less on Street numbers and more on MNIST-M than",
        ),
        (
            {},
            "With guidance, the accuracy on MNIST-M is not distinguishable from that on Street numbers; without, it is "
            "lower on Street numbers than on MNIST-M.",
        ),
        (
            {"unguided_by_set__street": 0.97},
            "With guidance and without, the accuracy on MNIST-M is not distinguishable from that on Street numbers.",
        ),
        (
            {},
            "with guidance, +6.0 points [3.1, 9.0] without. On real images of the training domain, the judge’s own "
            "difference is +1.6 points [1.1, 2.1], which may be part of that without guidance.",
        ),
        ({"unguided_by_set__street": 0.97}, "the judge’s own difference is +1.6 points [1.1, 2.1]. MNIST-M: lowest"),
        (
            {f"ceiling__mnistm__{key}": value for key, value in (("mean", 0.9), ("low", 0.89), ("high", 0.91))},
            "the judge’s own difference is −6.5 points [−7.6, −5.5]. MNIST-M: lowest at",
        ),
        ({}, "Distances are in the judge’s features; the mean distance is that of two images of one digit."),
        ({}, "not trained on, 1 % lie nearer to a training image than the limit."),
        ({}, "Street numbers: the samples that the judge read as another digit than was asked for."),
    ],
)
def test_digits(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, **changes)
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder).replace("\u00a0", " ")  # stands between a number and its %


def test_a_scale_is_not_compared_with_itself(both: Both, run_folder: Path, rewrite: Any) -> None:
    rewrite(*both)
    page = render(PLAIN, run_folder)
    assert "accuracy, scale 6 less 3, selector" in page and "scale 3 less 3" not in page


def test_no_misread_samples_are_shown_where_there_are_none(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, accuracy_by_set__street={"mean": 1.0, "low": 0.99, "high": 1.0, "n": 500})
    rewrite(digits, ddim)
    assert "read as another digit than was asked for" not in render(PLAIN, run_folder)


def test_samples_that_read_worse_than_real_images(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(digits, accuracy_by_set__mnistm={"mean": 0.9, "low": 0.87, "high": 0.92, "n": 500})
    rewrite(digits, ddim)
    page = render(PLAIN, run_folder)
    assert "classified correctly less often on MNIST-M and more often on Street numbers than real" in page
    assert (
        "With guidance, the accuracy is lower on MNIST-M than on Street numbers; without, it is lower on Street" in page
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            "Not one pixel of 64 images differs, as DDIM without noise is built to. The digit is the same in "
            "both runs.",
        ),
        ({"repeat": 3.0}, "A second run at η = 0 did not give the same image."),
        ({}, "The more noise η lets in, the further the image drifts."),
        (
            {f"distance_step__eta_1__{key}": value for key, value in (("mean", -3.0), ("low", -5.0), ("high", -1.0))},
            "It falls at η = 1.",
        ),
        ({"distance_step__eta_1__low": -1.0}, "further with η, but not beyond doubt at each step."),
        (
            {f"distance_step__eta_{key}__low": -1.0 for key in ("05", "075", "1")},
            "No further drift with η is distinguishable.",
        ),
        ({}, "Halfway, linear interpolation (lerp) gives less legible and flatter images than spherical"),
        (
            {"change__lerp_slerp__sharpness__high": 0.1},
            "gives less legible images than spherical interpolation (slerp).",
        ),
        (
            {
                f"change__lerp_slerp__{measure}__{key}": value
                for measure in ("confidence", "sharpness")
                for key, value in (("low", 0.4), ("high", 0.6))
            },
            "gives more legible and sharper images than spherical interpolation (slerp).",
        ),
        (
            {"change__lerp_slerp__confidence__high": 0.1}
            | {f"judge_confidence__{mode}__high": 1.0 for mode in ("lerp", "slerp")},
            "Both intervals of the confidence reach 100 %, so it can hardly tell lerp from slerp.",
        ),
        (
            {f"change__lerp_slerp__sharpness__{key}": value for key, value in (("low", 0.4), ("high", 0.6))},
            "gives less legible, yet sharper, images than spherical interpolation (slerp).",
        ),
        ({}, "the judge’s confidence is not distinguishably lower for lerp than slerp."),
        (
            {"change__corrected_lerp_lerp__confidence__low": -0.1},
            "No effect of restoring the noise’s length on the judge’s confidence is distinguishable; images are "
            "sharper",
        ),
        (
            {"change__corrected_lerp_lerp__confidence__low": -0.1}
            | {
                f"change__corrected_lerp_lerp__sharpness__{key}": value
                for key, value in (("low", -0.4), ("high", -0.1))
            },
            "distinguishable; images are flatter with it.",
        ),
        ({}, "0.707 for lerp (√½ = 0.707 is expected), 1.000 for slerp and 1.000 for lerp with its length restored."),
        (
            {
                f"change__corrected_lerp_slerp__confidence__{key}": value
                for key, value in (("mean", -0.0001), ("low", -0.0004), ("high", 0.0001))
            }
            | {
                f"change__corrected_lerp_slerp__sharpness__{key}": value
                for key, value in (("mean", -0.0005), ("low", -0.0009), ("high", -0.0001))
            },
            "Against slerp, confidence is not distinguishable (−0.01 points [−0.04, 0.01]), and sharpness is lower "
            "(−0.0005 [−0.0009, −0.0001]).",
        ),
        (
            {
                f"change__corrected_lerp_lerp__confidence__{key}": value
                for key, value in (("low", -0.4), ("high", -0.2))
            },
            "Restoring the noise’s length lowers the judge’s confidence in images of lerp.",
        ),
        (
            {"change__corrected_lerp_slerp__confidence__high": -0.01},
            "Restoring the noise’s length raises the judge’s confidence in images of lerp.",
        ),
    ],
)
def test_ddim(changes: dict[str, float], said: str, both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    put(ddim["digits"], **changes)
    rewrite(digits, ddim)
    assert said in render(PLAIN, run_folder).replace("\u00a0", " ")


def test_a_distance_itself_is_no_increase(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    for key in ("eta_025", "eta_05", "eta_075"):
        del ddim["digits"]["distance"][key], ddim["digits"]["distance_step"][key]
    rewrite(digits, ddim)
    page = render(PLAIN, run_folder)
    assert "No two η above 0 were compared." in page and "at η = 1, over 64 noises.</li>" in page
    assert "distance at η = 1 less that at the η before, 0: not tested" in page


def test_ways_that_cannot_be_told_apart(both: Both, run_folder: Path, rewrite: Any) -> None:
    digits, ddim = both
    for measure in ddim["digits"]["change"]["lerp_slerp"].values():
        measure.update(low=-0.1, high=0.1)
    rewrite(digits, ddim)
    assert "linear interpolation (lerp) and spherical interpolation (slerp) are not distinguishable." in render(
        PLAIN, run_folder
    )
