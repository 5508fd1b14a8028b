"""What the page says of the faces follows from the numbers, whichever way these fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.errors import InputError
from rediffuse.params.report import Params
from rediffuse.report.page import render
from tests.report.faces_run import face_metrics

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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Faces: the more noise η lets in, the further the image drifts."),
        ({}, "Faces: halfway on the straight line, images are less face-like and flatter than on the sphere."),
        ({}, "Faces: what is drawn is read as a face, and no less so as η grows."),
        (
            {"judge__read_as_face__eta_1": 0.4, "judge__read_as_face_interval__eta_1": {"low": 0.3, "high": 0.5}},
            "fewer images are read as faces once η lets noise in.",
        ),
        (
            {
                "judge__read_as_face__eta_0": 0.7,
                "judge__read_as_face_interval__eta_0": {"low": 0.6, "high": 0.8},
                "judge__read_as_face_interval__eta_1": {"low": 0.95, "high": 1.0},
            },
            "more images are read as faces once η lets noise in.",
        ),
        (
            {"judge__read_as_face__eta_0": 0.2, "judge__read_as_face_interval__eta_0": {"low": 0.1, "high": 0.35}},
            "not most of what is drawn without noise is read as a face.",
        ),
        (
            {"judge__accuracy": 0.55, "judge__accuracy_interval": {"low": 0.48, "high": 0.62}},
            "the judge cannot tell a face from what is none",
        ),
        ({}, "as far from the training faces as these lie from each other: no sign of copies."),
        (
            {"nearest__generated": 8.0, "nearest__generated_interval": {"low": 7.0, "high": 9.0}},
            "as if partly learned by heart.",
        ),
        (
            {"nearest__generated": 48.0, "nearest__generated_interval": {"low": 46.0, "high": 50.0}},
            "farther from the training faces than these lie from each other: no copies.",
        ),
    ],
)
def test_faces(
    changes: dict[str, Any], said: str, digits: dict[str, Any], ddim: dict[str, Any], run_folder: Path, rewrite: Any
) -> None:
    rewrite(digits, with_faces(ddim, **changes))
    assert said in render(PLAIN, run_folder)


def test_the_digits_stay_legible(digits: dict, ddim: dict, run_folder: Path, rewrite: Any) -> None:
    rewrite(digits, with_faces(ddim))
    page = render(PLAIN, run_folder)
    assert "Digits: halfway on the straight line, images are less legible and flatter than on the sphere." in page
    assert page.count("next to the training faces</h4>") == 1


def test_a_share_above_one_is_refused(digits: dict, ddim: dict, run_folder: Path, rewrite: Any) -> None:
    rewrite(digits, with_faces(ddim, judge__read_as_face__eta_0=1.5))
    with pytest.raises(InputError, match=r"faces\.judge\.read_as_face\.eta_0: found 1\.5, expected a fraction"):
        render(PLAIN, run_folder)
