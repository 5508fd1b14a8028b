"""Two versions of the pipeline run in turns, each stage once, and their times are compared."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import run
from benchmarks.pipeline_speedup import main, turns

SECONDS = {"before": {"data": 2.0, "gone": 4.0, "train": 30.0}, "after": {"data": 2.0, "train": 10.0}}
DVC = """#!/bin/sh
echo "$(basename "$PWD") $3" >> ../order
case "$3" in broken) exit 1;; esac
mkdir -p .rediffuse/timings && cp "times/$3.json" .rediffuse/timings/
"""


@pytest.fixture
def clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two clones whose ``dvc`` notes the order and gives each stage its seconds."""
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    for label, seconds in SECONDS.items():
        clone = tmp_path / label
        (clone / "times").mkdir(parents=True)
        (clone / ".venv/bin").mkdir(parents=True)
        (clone / ".venv/bin/dvc").write_text(DVC)
        (clone / ".venv/bin/dvc").chmod(0o755)
        (clone / "dvc.yaml").write_text("stages:\n" + "".join(f"  {name}: {{cmd: x}}\n" for name in seconds))
        for name, value in seconds.items():
            (clone / f"times/{name}.json").write_text(json.dumps({"seconds": value}))
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
        for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", label]):
            subprocess.run([*git, *command], cwd=clone, check=True)
    return [tmp_path / label for label in SECONDS]


def test_stages_take_turns_and_the_sums_are_compared(
    clones: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(clone) for clone in clones])
    order = (tmp_path / "order").read_text().splitlines()
    assert order == ["before data", "after data", "before gone", "before train", "after train"]
    (found,) = json.loads((tmp_path / "results.json").read_text()).values()
    assert found["pipeline_speedup"] == 3.0
    assert {label: one["seconds"] for label, one in found["pipeline_runs"].items()} == SECONDS
    assert found["pipeline_runs"]["before"]["commit"] != found["pipeline_runs"]["after"]["commit"]
    assert "3.00 times as fast" in capsys.readouterr().out
    main([str(clone) for clone in clones])
    assert (tmp_path / "order").read_text().splitlines() == order, "a stage ran twice"


def test_a_failing_stage_ends_in_one_line_and_records_nothing(
    clones: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clones[1] / "dvc.yaml").write_text("stages: {data: {cmd: x}, broken: {cmd: x}}\n")
    with pytest.raises(SystemExit) as ended:
        main([str(clone) for clone in clones])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "the stage broken ended with 1" in message
    assert not (tmp_path / "results.json").exists()


def test_a_clone_without_its_environment_ends_in_one_line(
    clones: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clones[0] / ".venv/bin/dvc").unlink()
    with pytest.raises(SystemExit) as ended:
        main([str(clone) for clone in clones])
    message = capsys.readouterr().err
    assert ended.value.code == 2 and message.count("\n") == 1 and "found no dvc" in message
    assert not (tmp_path / "order").exists(), "a stage ran"


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_each_version_keeps_its_order(names: list[str], gone: set[str], new: set[str]) -> None:
    before, after = [name for name in names if name not in new], [name for name in names if name not in gone]
    taken = list(turns(before, after))
    assert [name for side, name in taken if side == 0] == before
    assert [name for side, name in taken if side == 1] == after
