"""A rehearsal asks of each study as little as its schema allows, and nothing that it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.pipeline.params import read_yaml, validate
from tests.support.rehearse import ROOT, STEPS, rehearsed, studies
from tools.check_params import schemas

PARAMS = read_yaml(ROOT / "params.yaml")


def test_all_studies_of_clip_and_text_to_image_are_rehearsed() -> None:
    others = ("train_", "fetch_", "evaluate_", "ddim_", "report")
    assert set(studies()) == {name for name in PARAMS if not name.startswith(others)}


@pytest.mark.parametrize("name", studies())
def test_a_rehearsed_section_is_right_and_smaller(name: str) -> None:
    section = rehearsed(PARAMS[name], name, Path("/models/published"), Path("/models/clip"))
    validate(schemas()[name], section, name)
    assert section["model"].startswith("/models/") and section["revision"] is None
    if "drawing" in section:
        assert section["drawing"]["num_inference_steps"] == STEPS
    assert section != PARAMS[name]
