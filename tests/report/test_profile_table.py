"""What longer training gives, beside the default."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.profile_results import record
from rediffuse.pipeline.errors import InputError
from rediffuse.report import profile_table
from rediffuse.report.profile_table import profile_numbers

ROOT = Path(__file__).parents[2]


def finished_run(folder: Path, steps: int) -> Path:
    """A folder with the committed metrics, and parameters of its own."""
    folder.mkdir()
    (folder / "metrics").symlink_to(ROOT / "metrics")
    params = {"train_text2image": {"steps": steps, "autoencoder": {"steps": 3000}}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with what is read, and the real README left alone."""
    root = tmp_path / "project"
    (root / "benchmarks").mkdir(parents=True)
    for name in ("metrics", "profiles", "params.yaml"):
        (root / name).symlink_to(ROOT / name)
    for name in ("results.json", "naming.json"):
        (root / "benchmarks" / name).write_text((ROOT / "benchmarks" / name).read_text())
    monkeypatch.chdir(root)
    monkeypatch.setattr("benchmarks.profile_results.write_tables", lambda: None)
    return root


def test_a_recorded_profile_has_a_column_with_its_own_steps(project: Path, tmp_path: Path) -> None:
    known = record("long", finished_run(tmp_path / "run", 6000))
    assert known["long"]["steps"] == {"autoencoder": 3000, "unet": 6000}
    assert known["long"]["thing"] == profile_numbers(ROOT)["thing"]
    lines = profile_table.profile_table().splitlines()
    assert lines[0] == "|  | default | long |"
    assert lines[3].startswith("| steps of the U-Net |") and lines[3].endswith("| 6,000 |")
    assert lines[4].endswith("| not tested |"), "no reader has seen pictures of this run"


def test_profiles_are_kept_beside_each_other(project: Path, tmp_path: Path) -> None:
    record("long", finished_run(tmp_path / "a", 6000))
    known = record("gpu", finished_run(tmp_path / "b", 20000))
    assert list(known) == ["long", "gpu"]


def test_wrong_input_is_refused_in_one_line(project: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--profile: found wide; allowed are gpu, hub, long, report, smoke"):
        record("wide", finished_run(tmp_path / "run", 1))
    with pytest.raises(InputError, match=r"params\.yaml: no such file"):
        record("long", tmp_path)
    assert not (project / "benchmarks/profiles.json").exists()
