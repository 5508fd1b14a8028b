"""A rehearsal asks of each study as little as its schema allows, and nothing that it refuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from rediffuse.pipeline.params import read_yaml, validate
from tests.support import with_peak
from tests.support.rehearse import ROOT, STEPS, gpu_memory, hub_section, rehearsed, studies, with_batch_size
from tools.check_params import schemas

PARAMS, HUB = (read_yaml(ROOT / name) for name in ("params.yaml", "profiles/hub.yaml"))


def batch_sizes(section: dict[str, Any], where: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            found |= batch_sizes(value, f"{where}{key}.")
        elif key == "batch_size":
            found[where + key] = value
    return found


def test_all_studies_of_clip_and_text_to_image_are_rehearsed() -> None:
    others = ("train_", "fetch_", "evaluate_", "ddim_", "report")
    assert set(studies()) == {name for name in PARAMS if not name.startswith(others)}


@pytest.mark.parametrize("name", studies())
def test_a_rehearsed_section_is_right_and_smaller(name: str) -> None:
    section = rehearsed(hub_section(name), name, Path("/models/published"), Path("/models/clip"))
    validate(schemas()[name], section, name)
    assert section["model"].startswith("/models/") and section["revision"] is None
    if "drawing" in section:
        assert section["drawing"]["num_inference_steps"] == STEPS
    assert section != PARAMS[name]


@pytest.mark.parametrize("name", studies())
def test_batch_sizes_are_those_of_the_profile(name: str) -> None:
    section = rehearsed(hub_section(name), name, Path("/models/published"), Path("/models/clip"))
    wanted = batch_sizes(PARAMS[name]) | batch_sizes(HUB[name])
    assert batch_sizes(section) == wanted and wanted
    assert set(batch_sizes(with_batch_size(section, 1)).values()) == {1}


def test_the_peak_is_measured_else_estimated_else_unknown(tmp_path: Path) -> None:
    assert gpu_memory("personalize", tmp_path / "none", {"personalize": 4.0}) == "4.0 GB of GPU memory (estimate)"
    assert gpu_memory("zeroshot_prompts", tmp_path / "none", {"personalize": 4.0}) == "GPU memory unknown"
    (tmp_path / "peak").write_text("5500000000")
    assert gpu_memory("personalize", tmp_path / "peak", {}) == "5.5 GB of GPU memory"


@pytest.mark.parametrize("has_gpu", [True, False])
def test_a_stage_that_fails_still_tells_its_peak(
    has_gpu: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing_stage.py").write_text("import sys\nassert len(sys.argv) == 1\nsys.exit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["with_peak", str(tmp_path / "peak"), "failing_stage"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 123)
    with pytest.raises(SystemExit) as ended:
        with_peak.main()
    assert ended.value.code == 3
    assert (tmp_path / "peak").exists() == has_gpu
    assert not has_gpu or (tmp_path / "peak").read_text() == "123"
