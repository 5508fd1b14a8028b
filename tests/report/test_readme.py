"""README and docs say what the committed run measured, and what dvc.yaml and the studies say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.pipeline.params import read_yaml
from rediffuse.report.readme import TABLES, fill, filled, studies_table
from rediffuse.report.sections.registry import STUDIES
from rediffuse.report.throughput import throughput_rows

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", TABLES.values(), ids=str)
def test_tables_have_the_committed_numbers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert filled()[path] == path.read_text(encoding="utf-8"), f"{path} is not what its sources say; run: make readme"


def test_fill_replaces_what_stood_between_the_markers() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb <!-- /y -->"
    assert fill(text, "x", "new") == "a\n<!-- x -->\nnew\n<!-- /x -->\nb <!-- /y -->"


def test_every_stage_and_every_study_has_a_row() -> None:
    stages = read_yaml(ROOT / "dvc.yaml")["stages"]
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | {stage['desc']} |" in text for name, stage in stages.items())
    rows = studies_table(stages).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {study.number}" for study in STUDIES]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def network(precision: str, setting: str, speed: float, times: float) -> dict[str, Any]:
    """As ``make bench`` records a network."""
    return {
        "parameters": 2_097_292,
        "multiply_adds_per_image": round(speed * 1e7),
        "train": {
            "precision": precision,
            "setting": setting,
            "images_per_s": {"median": speed, "low": speed, "high": speed},
            "ours_is_times": {"median": times, "low": times - 0.25, "high": times + 0.5},
            "grid_images_per_s": {setting: speed, "another": speed / 2},
        },
    }


def test_throughput_names_both_precisions_and_the_terms() -> None:
    networks = {
        "ours": network("bf16", "channels-last, Muon with AdamW", 800.0, 1.0),
        "unet2d": network("float32", "contiguous, fused AdamW", 100.0, 8.0),
        "context_unet_64": network("bf16", "channels-last, fused AdamW", 32.0, 25.0),
        "context_unet_128": network("bf16", "channels-last, fused AdamW", 8.0, 100.0),
    }
    comparison = {"images_per_step": 64, "rounds": 5, "networks": networks}
    rows = throughput_rows({"bf16": {"comparison": comparison}, "other": {"stage_seconds": {}}})
    assert len(rows) == 3, "one of each network; what was not compared has none"
    label, text, _, n = rows[0]
    assert label == (
        "training throughput: ours in bf16 (channels-last, Muon with AdamW) against diffusers' `UNet2DModel` of the "
        "same widths in float32, the fastest of 2 settings (contiguous, fused AdamW)"
    )
    assert text == (
        "8.0 times (rounds: 7.8 to 8.5); 800 against 100 images/s; 8,000 against 1,000 million multiply-adds an "
        "image; 2.1 against 2.1 million parameters"
    )
    assert n == "5 rounds, 64 images a step"
    assert [row[0].count(" in bf16") for row in rows] == [1, 2, 2]
    assert rows[2][1].startswith("100.0 times") and "128 features" in rows[2][0]
