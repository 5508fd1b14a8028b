"""A prompt that the model cannot take is told before a picture is drawn, wherever in a study it is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml, validate
from rediffuse.studies.a3_generate_ranked.study import run_ranked
from rediffuse.studies.a4_noise_schedules.study import run_schedules
from rediffuse.studies.a6_edit_attribute.study import run_edit
from rediffuse.studies.a7_sweep_guidance.study import run_sweep
from rediffuse.studies.a9_refinement import study as refinement_study
from rediffuse.studies.a9_refinement.study import run_refine
from stages import sweep_guidance
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT
from tools.check_params import schemas

LONG = "a cat" + " and a cat" * 60
Run = Callable[[TextToImage, Any], Any]
NOT_USED: Any = None  # judge, CLIP and pictures, of which nothing is needed before the check
RUNS: dict[str, tuple[Run, dict[str, Any]]] = {
    "generate_ranked": (
        lambda model, params: run_ranked(model, NOT_USED, NOT_USED, NOT_USED, params),
        {"prompt": LONG},
    ),
    "refine_with_clip": (
        lambda model, params: run_refine(model, NOT_USED, NOT_USED, NOT_USED, params),
        {"prompt": LONG},
    ),
    "noise_schedules": (
        lambda model, params: run_schedules(model, NOT_USED, NOT_USED, params),
        {"film_prompts": ["a cat", LONG]},
    ),
    "edit_attribute": (
        lambda model, params: run_edit(model, NOT_USED, NOT_USED, params),
        {"strip": {"source": "a cat by day", "target": LONG, "pictures": 1}},
    ),
    "sweep_guidance": (
        lambda model, params: run_sweep(model, NOT_USED, params),
        {"strip_prompts": ["a cat", LONG]},
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_prompt_that_is_too_long(name: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("pictures were drawn before the prompts were checked")

    run, change = RUNS[name]
    monkeypatch.setattr(TextToImage, "draw", unexpected)
    params = validate(schemas()[name], read_yaml(ROOT / "params.yaml")[name] | change, name)
    with pytest.raises(InputError, match="allowed are at most"):
        run(load_small(folders["v_prediction"]), params)


def test_too_few_prompts_to_report_of_are_told_before_a_refinement(
    folders: dict[str, Path], clip: Clip, pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("pictures were refined before the prompts were drawn")

    monkeypatch.setattr(refinement_study, "refine", unexpected)
    section = read_yaml(ROOT / "params.yaml")["refine_with_clip"]
    section["words"]["things"] = 8
    params: Any = validate(
        schemas()["refine_with_clip"], section | {"validation_prompts": 4000, "prompt": "a cat"}, "refine_with_clip"
    )
    with pytest.raises(InputError, match="lower prompts or validation_prompts"):
        run_refine(load_small(folders["v_prediction"]), clip, NOT_USED, pictures, params)


def test_too_few_other_prompts_are_told_before_the_sweep(pictures: PictureSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("the sweep ran before the other prompts were drawn")

    for name, made in (("text2image", None), ("clip", None), ("judge", None), ("pictures", pictures)):
        monkeypatch.setattr(sweep_guidance, f"load_{name}", lambda *_, made=made: made)
    monkeypatch.setattr(sweep_guidance, "run_sweep", unexpected)
    section = read_yaml(ROOT / "params.yaml")["sweep_guidance"]
    section["words"]["things"] = 8
    section["sweep"]["prompts"] = 4000
    params: Any = validate(schemas()["sweep_guidance"], section | {"device": "cpu"}, "sweep_guidance")
    with pytest.raises(InputError, match="leaves no others for best"):
        sweep_guidance.main(params)
