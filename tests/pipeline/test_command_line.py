"""The real scripts, given a wrong params.yaml: exit code 2, one line, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# (module, text in params.yaml, what stands there instead, key that the line names)
WRONG = [
    ("stages.report", "author: ''", "author: 3", "report.author"),
    ("stages.report", "report:\n", "reports:\n", "section 'report' is missing"),
    ("stages.report", "report:\n", "report: [\n", "params.yaml: not readable as YAML"),
    ("stages.fetch_digits", "train: 55000", "train: 60000", "mnistm asks for 60000 + 5000"),
    ("stages.train_digit_ddpm", "ema_decay: 0.999", "ema_decay: .nan", "train_digit_ddpm.ema_decay"),
    ("stages.evaluate_digits", "nearest_pairs: 10 ", "nearest: 10 ", "evaluate_digits.nearest"),
    ("tools.check_params", "noises: 40 ", "noises: few ", "ddim_grids.eta.noises"),
    ("tools.check_params", "seed: 1  ", "sead: 1  ", "train_digit_judge"),
]


def run(module: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", module], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose outs are all there, with content that is easily known again."""
    for name in ("src", "stages", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for out in ("data/digits/mnistm_train.npz", "models/digit_ddpm/unet/config.json", "metrics/evaluate_digits.json"):
        (tmp_path / out).parent.mkdir(parents=True)
        (tmp_path / out).write_text(f"old {out}")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("old report")
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
        if not path.is_symlink() and not {"src", "stages"} & set(path.relative_to(folder).parts)
    }


@pytest.mark.parametrize(("module", "old", "new", "named"), WRONG, ids=[f"{row[0]} {row[3]}" for row in WRONG])
def test_wrong_params(module: str, old: str, new: str, named: str, project: Path) -> None:
    right = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert old in right, "params.yaml has changed: the row no longer breaks it"
    (project / "params.yaml").write_text(right.replace(old, new, 1), encoding="utf-8")
    before = content(project)
    ended = run(module, project)
    assert ended.returncode == 2, ended.stderr
    assert named in ended.stderr
    assert ended.stderr.count("\n") == 1 and ended.stderr.endswith("\n"), ended.stderr
    assert ended.stdout == ""
    assert content(project) == before


def test_right_params_pass(project: Path) -> None:
    (project / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    ended = run("tools.check_params", project)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_missing_input_of_a_stage(project: Path) -> None:
    (project / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    before = content(project)
    ended = run("stages.report", project)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.count("\n") == 1 and "Traceback" not in ended.stderr
    assert content(project) == before
