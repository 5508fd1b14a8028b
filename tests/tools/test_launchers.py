"""A stage as a Slurm job, and one worker of DVC's queue for each GPU, with stand-ins for sbatch and dvc."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SBATCH = """#!/bin/sh
[ "$1" = --wait ] || exit 99
for word in "$@"; do last=$word; done
exec sh -c "$last"
"""
DVC = """#!/bin/sh
echo "$CUDA_VISIBLE_DEVICES|$*"
"""


@pytest.fixture
def run(tmp_path: Path) -> object:
    """Call a script in a project of its own, with the stand-ins first on PATH."""
    (tmp_path / "bin").mkdir()
    for name, text in (("sbatch", SBATCH), ("dvc", DVC)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)

    def called(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [str(ROOT / script), *arguments],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    return called


@pytest.mark.parametrize("code", [0, 2])
def test_a_stage_runs_as_a_job_and_ends_with_its_exit_code(code: int, run: object, tmp_path: Path) -> None:
    assert callable(run)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/fetch.py").write_text(f"import sys\nopen('made', 'w').write('made')\nsys.exit({code})\n")
    ended = run("tools/slurm/python", "-m", "stages.fetch")
    assert ended.returncode == code, ended.stderr
    assert (tmp_path / "made").read_text() == "made"


def test_each_worker_has_a_gpu_of_its_own(run: object) -> None:
    assert callable(run)
    ended = run("tools/start_workers.sh", "0", "3", "")
    assert ended.stdout.splitlines() == ["0|queue start --jobs 1", "3|queue start --jobs 2", "|queue start --jobs 3"]


def test_without_a_gpu_it_says_what_is_missing(run: object) -> None:
    assert callable(run)
    ended = run("tools/start_workers.sh")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1 and "found no GPU" in ended.stderr
