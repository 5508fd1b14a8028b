"""params.yaml is stored as DVC writes it, so `dvc exp run -S` and `make profile` change the lines that they mean to."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides

from rediffuse.pipeline.params import read_yaml
from tools import apply_profile as profile

ROOT = Path(__file__).parents[2]
REAL = read_yaml(ROOT / "params.yaml")


def scalars(content: dict[str, Any], where: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Dotted keys of numbers and words in ``content``, each with another value."""
    for key, value in content.items():
        dotted = ".".join((*where, key))
        if isinstance(value, dict):
            yield from scalars(value, (*where, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield dotted, str(value + 1)
        elif isinstance(value, str) and " " not in value + dotted:
            yield dotted, "changed"


def changed_lines(before: str, after: str) -> list[str]:
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in compared if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


@pytest.mark.parametrize("section", REAL)
def test_one_changed_value_is_one_changed_line(section: str, params: Path) -> None:
    """What `dvc exp run -S` writes, for the first and the last value of each section."""
    found = list(scalars(REAL[section], (section,)))
    for key, value in dict.fromkeys((found[0], found[-1])):
        before = params.read_text(encoding="utf-8")
        apply_overrides(params, [f"{key}={value}"])
        removed, added = changed_lines(before, params.read_text(encoding="utf-8"))
        name = key.split(".")[-1]
        assert f"{name}: " in removed and f"{name}: {value}" in added, (removed, added)


def test_another_list_changes_the_lines_of_that_list(params: Path) -> None:
    before = params.read_text(encoding="utf-8")
    apply_overrides(params, ["noise_schedules.film_steps=[1,10]"])
    assert set(changed_lines(before, params.read_text(encoding="utf-8"))) == {
        "+  - 1",
        *(f"-  - {n}" for n in (2, 4, 6, 7, 8, 9)),
    }


def test_a_profile_is_written_in_the_same_form(params: Path, tmp_path: Path) -> None:
    before = params.read_text(encoding="utf-8")
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "mine.yaml").write_text("train_clip: {batch_size: 128}\nevaluate_digits: {film_timesteps: [500, 1]}\n")
    profile.apply("mine", params, folder)
    changed = changed_lines(before, params.read_text(encoding="utf-8"))
    removed, added = ([line for line in changed if line[0] == sign] for sign in "-+")
    assert [line.split(" #")[0].split() for line in added] == [["+", "batch_size:", "128"]]
    assert len(removed) == 1 + 4 and any(line.split(" #")[1:] == added[0].split(" #")[1:] for line in removed)
