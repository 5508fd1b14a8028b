"""The table of wheels in docs/platforms.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.check_wheels import DOCS, PLATFORMS, PYTHONS, SOURCE_ONLY, cell, table
from tools.environment import read_lock

ROOT = Path(__file__).parents[2]
MARKERS = {
    "Linux x86-64 (glibc 2.28)": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "Linux arm64 (glibc 2.28)": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    "macOS 14 arm64": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}


def count_pins(platform: str, python: str) -> int:
    """How many pins of the lock a platform and Python take."""
    environment = {**MARKERS[platform], "python_version": python, "python_full_version": f"{python}.0"}
    entries = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8")).values()
    requirements = [Requirement(entry.split("\\")[0].strip()) for entry in entries]
    return sum(needed.marker is None or needed.marker.evaluate(environment) for needed in requirements)


def test_the_table_is_that_of_the_lock_and_has_no_hole() -> None:
    text = (ROOT / DOCS).read_text(encoding="utf-8")
    found = re.search(r"(?s)<!-- wheels -->\n(.*)\n<!-- /wheels -->", text)
    cells = {
        (platform, python): f"{count_pins(platform, python) - len(SOURCE_ONLY)} wheels, {len(SOURCE_ONLY)} source"
        for platform in PLATFORMS
        for python in PYTHONS
    }
    assert found and found[1] == table(cells), "the lock has changed since the table was made; run: make wheels"


def test_a_cell_counts_wheels_and_sources() -> None:
    output = "Resolved 3 packages\n + antlr4-python3-runtime==4.9.3\n + numpy==2.4.6\n + zc-lockfile==4.0\n"
    assert cell(0, output) == "2 wheels, 1 source"


@pytest.mark.parametrize("reason", ["no wheels with a matching Python ABI tag (e.g., `cp314`)", "no usable wheels"])
def test_a_hole_is_named(reason: str) -> None:
    assert cell(1, f"error: x\n  cause: Because torch==2.2.0 has {reason} and you require it") == (
        "**no wheel: torch==2.2.0**"
    )
