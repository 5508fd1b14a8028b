"""What the page says of the faces follows from the numbers, whichever way these fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.page.wording import NBSP
from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params
from rediffuse.report.render import render
from tests.studies.b2_ddim.synthetic import face_metrics

PLAIN = Params(title="A title", author="", note="")


def with_faces(ddim: dict[str, Any], **values: Any) -> dict[str, Any]:
    faces = face_metrics()
    for path, value in values.items():
        *keys, last = path.split("__")
        place = faces
        for key in keys:
            place = place[key]
        place[last] = value
    return {**ddim, "faces": faces}


def share(mean: float, low: float, high: float) -> dict[str, float]:
    return {"mean": mean, "low": low, "high": high, "n": 40}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Faces: the more noise η lets in, the further the image drifts."),
        ({}, "Faces: halfway, linear interpolation (lerp) gives less face-like and flatter images than spherical"),
        (
            {},
            "at η = 0 the share accepted as faces is not distinguishable between generated faces and Gaussian samples",
        ),
        (
            {"judge__gaussian_as_face": share(0.7, 0.6, 0.8)},
            "at η = 0 generated faces are accepted more often than Gaussian samples",
        ),
        (
            {"judge__read_as_face__eta_0": share(0.2, 0.1, 0.35)},
            "at η = 0 generated faces are accepted less often than Gaussian samples",
        ),
        ({}, "between η = 0 and η = 1 no difference in the share accepted as faces is distinguishable."),
        (
            {},
            "97.5 % [87.5, 100.0] at η = 0, 95.2 % at η = 0.25, 96.1 % at η = 0.5, 98.3 % at η = 0.75 and 100.0 % "
            "[90.0, 100.0] at η = 1. From η = 0 to 1, with the same noises: +2.5 points [−2.5, 7.5]; by "
            "McNemar’s exact "
            "test p = 1. Near 100 % the interval is too short, so a difference counts only if p is below 0.05, too. A "
            "trend over all η was not tested.",
        ),
        ({"judge__read_as_face__eta_1": share(0.85, 0.7, 0.93)}, "by McNemar’s exact test p ≥ 0.06."),
        (
            {
                "judge__read_as_face__eta_1": share(0.7, 0.55, 0.82),
                "judge__read_as_face_change": share(-0.275, -0.42, -0.13),
            },
            "fewer images are accepted as faces at η = 1 than at η = 0.",
        ),
        (
            {
                "judge__read_as_face__eta_0": share(0.7, 0.55, 0.82),
                "judge__read_as_face_change": share(0.275, 0.13, 0.42),
            },
            "more images are accepted as faces at η = 1 than at η = 0.",
        ),
        (
            {
                "judge__read_as_face__eta_1": share(0.85, 0.7, 0.93),  # 5 of 40: p = 0.06
                "judge__read_as_face_change": share(-0.125, -0.24, -0.01),
            },
            "between η = 0 and η = 1 no difference in the share accepted as faces is distinguishable.",
        ),
        ({}, "so a memorized face would count as accepted."),
        (
            {"judge__accuracy": share(0.55, 0.48, 0.62)},
            "the judge does not distinguish faces from other pictures",
        ),
        ({}, "The judge accepts 97.5 % [87.5, 100.0] of 40 images at η = 0 as faces"),
        ({}, "Of 100 real faces that it had not seen it accepts 94.0 % [87.5, 97.2]"),
        ({}, "<code>squaredcos_cap_v2</code> (the course"),
        ({"beta_schedule": "linear"}, "diffusers’ noise schedule <code>linear</code>. The judge"),
        ({}, "share of near-copies of a training face is not distinguishable between generated faces at η = 0 and"),
        (
            {"nearest__copies_gaussian": share(0.0, 0.0, 0.02), "nearest__copies__eta_0": share(0.4, 0.27, 0.55)},
            "t η = 0 more generated faces than Gaussian samples of the faces’ principal components are near-copies",
        ),
        (
            {"nearest__copies_gaussian": share(0.4, 0.27, 0.55), "nearest__copies__eta_0": share(0.0, 0.0, 0.09)},
            "t η = 0 fewer generated faces than Gaussian samples of the faces’ principal components are near-copies",
        ),
        (
            {},
            "Near-copies are 2.5 % [0.4, 12.5] at η = 0, 3.3 % at η = 0.25, 4.2 % at η = 0.5, 4.6 % at η = 0.75 and "
            "5.0 % [0.4, 15.0] at η = 1, of 40 images each; of 200 Gaussian samples",
        ),
        (
            {},
            "of a training face’s distance from its nearest other one; 1.0 % [0.2, 5.4] of 100 training faces "
            "are below",
        ),
        (
            {"judge__gaussian_as_face": share(0.98, 0.95, 0.99)},
            "Real faces are not distinguishably more often accepted than Gaussian samples, −4.0 points [−10.6, "
            "0.4], so "
            "the share does not measure an image’s quality.",
        ),
        (
            {"judge__gaussian_as_face": share(0.5, 0.4, 0.6)},
            "Real faces are accepted more often than Gaussian samples: +44.0 points",
        ),
        ({}, "Not one pixel of 40 images differs, as DDIM without noise is built to. At larger η no"),
    ],
)
def test_faces(
    changes: dict[str, Any], said: str, digits: dict[str, Any], ddim: dict[str, Any], run_folder: Path, rewrite: Any
) -> None:
    rewrite(digits, with_faces(ddim, **changes))
    assert said in render(PLAIN, run_folder).replace(NBSP, " ")


def test_the_digits_stay_legible(digits: dict, ddim: dict, run_folder: Path, rewrite: Any) -> None:
    rewrite(digits, with_faces(ddim))
    page = render(PLAIN, run_folder)
    assert "Digits: halfway, linear interpolation (lerp) gives less legible and flatter images than spherical" in page
    assert page.count("next to the training faces</h4>") == 1


def test_a_share_above_one_is_refused(digits: dict, ddim: dict, run_folder: Path, rewrite: Any) -> None:
    rewrite(digits, with_faces(ddim, judge__read_as_face__eta_0=share(1.5, 1.0, 2.0)))
    with pytest.raises(InputError, match=r"faces\.judge\.read_as_face\.eta_0\.mean: found 1\.5, expected a fraction"):
        render(PLAIN, run_folder)
