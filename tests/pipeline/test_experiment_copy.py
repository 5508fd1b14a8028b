"""A stage in an experiment's copy of the project names what only the original has, in one line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.experiment_copy import check_paths, original_project


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A project with a tracked and an untracked sketch, and faces beside it; its copy has what Git tracks."""
    root = tmp_path / "project"
    copy = root / ".dvc/tmp/exps/standalone/tmp1"
    for folder in (root / "sketches", copy / "sketches", tmp_path / "faces"):
        folder.mkdir(parents=True)
    for path in (root / "sketches/house.png", copy / "sketches/house.png", root / "sketches/mine.png"):
        path.write_text("")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "sketches/house.png"], cwd=root, check=True)
    return root


@pytest.fixture
def copy(original: Path) -> Path:
    return original / ".dvc/tmp/exps/standalone/tmp1"


def test_a_copy_knows_its_original(original: Path, copy: Path) -> None:
    assert original_project(copy) == original
    assert original_project(copy.parent.parent / "tmp2") == original
    assert original_project(original) is None


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"own": {"folder": "sketches"}}, r"^stage\.own\.folder: sketches/mine\.png is not in this experiment's copy"),
        ({"folder": "../faces"}, r"^stage\.folder: \.\./faces is not in this experiment's copy"),
        ({"faces": {"noises": "sketches"}}, r"^stage\.faces\.noises: sketches/mine\.png is not"),
        ({"model": "../faces"}, r"^stage\.model: \.\./faces is not"),
    ],
)
def test_what_only_the_original_has_is_named(section: object, said: str, copy: Path) -> None:
    with pytest.raises(InputError, match=said) as caught:
        check_paths(section, "stage", copy)
    assert "--temp and --queue" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("section", [{"folder": None}, {"folder": "nowhere"}, {"model": "sketches"}, {}, [1], None])
def test_what_the_copy_has_or_nobody_has_passes(section: object, copy: Path) -> None:
    """A path that exists nowhere is the concern of the stage."""
    check_paths(section, "stage", copy)


def test_absolute_paths_and_tracked_files_pass(original: Path, copy: Path) -> None:
    check_paths({"folder": str(original / "sketches")}, "stage", copy)
    subprocess.run(["git", "add", "sketches/mine.png"], cwd=original, check=True)
    check_paths({"folder": "sketches"}, "stage", copy)


def test_the_project_itself_is_not_checked(original: Path) -> None:
    check_paths({"folder": "../faces", "own": {"folder": "sketches"}}, "stage", original)
