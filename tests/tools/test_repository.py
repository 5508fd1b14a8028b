"""A folder without a Git repository, such as a ZIP download."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The project's Makefile, tools and DVC configuration, with a pipeline of one stage."""
    if any((parent / ".git").exists() for parent in tmp_path.parents):
        pytest.skip("the folder of the tests lies in a Git repository")
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / ".dvc").mkdir()
    for name in ("config", ".gitignore"):
        shutil.copy(ROOT / ".dvc" / name, tmp_path / ".dvc" / name)
    (tmp_path / "dvc.yaml").write_text("stages:\n  one:\n    cmd: echo 1 > one.txt\n    outs: [one.txt]\n")
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DVC_SITE_CACHE_DIR": str(folder.with_name(f"{folder.name}-site-cache")),
        "DVC_NO_ANALYTICS": "1",
    }
    return subprocess.run(command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False)


def test_dvc_runs_without_a_repository_and_with_one_again(unpacked: Path) -> None:
    refused = run(unpacked, "dvc", "repro")
    assert refused.returncode != 0, "DVC runs without Git by itself; then configure can go"
    assert run(unpacked, "sh", "tools/repository.sh", "configure").returncode == 0
    ended = run(unpacked, "dvc", "repro")
    assert ended.returncode == 0, ended.stderr
    assert (unpacked / "one.txt").read_text() == "1\n"

    run(unpacked, "git", "init", "-q")
    assert run(unpacked, "sh", "tools/repository.sh", "configure").returncode == 0
    assert "no_scm" not in (unpacked / ".dvc" / "config.local").read_text()
    assert "up to date" in run(unpacked, "dvc", "repro").stdout


def test_the_note_is_one_line_and_only_there(unpacked: Path) -> None:
    note = run(unpacked, "sh", "tools/repository.sh", "note")
    assert note.returncode == 0 and note.stderr.count("\n") == 1 and "git init" in note.stderr
    (unpacked / ".git").mkdir()
    below = unpacked / "below"
    shutil.copytree(unpacked / "tools", below / "tools")
    for folder in (unpacked, below):
        assert run(folder, "sh", "tools/repository.sh", "note").stderr == ""


def test_it_is_said_before_the_environment_is_made(unpacked: Path) -> None:
    planned = run(unpacked, "make", "-n", "repro").stdout
    assert 0 <= planned.index("repository.sh note") < planned.index("environment.py")
    assert planned.index("environment.py") < planned.index("repository.sh configure") < planned.index("dvc repro")


@pytest.mark.parametrize("target", ["test", "test-fast"])
def test_the_tests_ask_for_a_repository_before_the_environment(target: str, unpacked: Path) -> None:
    ended = run(unpacked, "make", target)
    assert ended.returncode == 2 and "found no Git repository" in ended.stderr.splitlines()[0]
    assert not (unpacked / ".venv").exists()
