"""The README says what the committed run measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.pipeline.params import read_yaml
from rediffuse.report.readme import README, fill, filled

ROOT = Path(__file__).parents[2]


def test_readme_has_the_committed_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "README.md is not what metrics/ and benchmarks/ say; run: make readme"


def test_fill_replaces_what_stood_between_the_markers() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb <!-- /y -->"
    assert fill(text, "x", "new") == "a\n<!-- x -->\nnew\n<!-- /x -->\nb <!-- /y -->"


def test_every_stage_stands_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in read_yaml(ROOT / "dvc.yaml")["stages"]:
        assert f"`{name}`" in text
