"""A section of the page knows its own study and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rediffuse.report.sections.registry import STUDIES

SECTIONS = Path(__file__).parents[3] / "src/rediffuse/report/sections"
IMPORT = re.compile(r"^from rediffuse\.(?:studies|report\.sections)\.(\w+?)_\w+", re.MULTILINE)


@pytest.mark.parametrize("path", sorted(SECTIONS.glob("[a-z][0-9]*.py")), ids=lambda path: path.stem)
def test_a_section_imports_of_its_own_study_alone(path: Path) -> None:
    found = set(IMPORT.findall(path.read_text(encoding="utf-8")))
    assert found <= {path.stem.split("_")[0]}


def test_each_study_has_a_module_and_a_template_of_its_name() -> None:
    names = [study.name for study in STUDIES]
    assert len(names) == len(set(names)) == len(list(SECTIONS.glob("*.html")))
    assert all((SECTIONS / f"{name}{suffix}").is_file() for name in names for suffix in (".py", ".html"))
