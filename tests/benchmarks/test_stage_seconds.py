"""The seconds of a run's stages reach results.json, dvc.yaml and the tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import stage_seconds
from benchmarks.stage_seconds import main, read_timings, time_text, with_expected
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.report.readme import FILES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1s"), (3.6, "4s"), (61.7, "1m"), (68.0, "1m10s"), (358.1, "6m"), (27.4, "25s")]
)
def test_times_are_shown_short(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


@given(st.floats(0, 10_000))
def test_a_shown_time_is_near_its_seconds(seconds: float) -> None:
    minutes, _, rest = time_text(seconds).removesuffix("s").rpartition("m")
    shown = 60 * int(minutes or 0) + int(rest or 0)
    assert shown >= 1 and abs(shown - seconds) <= (1 if seconds <= 20 else 3)


def test_expected_times_change_and_nothing_else_does() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    changed = with_expected(text, {"train_clip": 3000.0, "report": 7.0})
    assert changed.count("50m}") == 1 and changed.count("expected: 7s}") == 1
    differing = [pair for pair in zip(text.splitlines(), changed.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(differing) == 2 and all(new.endswith("s}") or new.endswith("m}") for _, new in differing)


def test_every_stage_can_be_changed() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    names = list(read_yaml(ROOT / "dvc.yaml")["stages"])
    changed = with_expected(text, dict.fromkeys(names, 3600.0))
    assert changed.count("{expected: 60m}") == len(names)


def test_a_stage_without_an_expected_time_is_named() -> None:
    with pytest.raises(InputError, match="found 0 expected times of the stage b, allowed is 1"):
        with_expected("stages:\n  b:\n    cmd: x\n  c:\n    meta: {expected: 1s}\n", {"b": 2.0})


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no timings of this pipeline's stages"):
        read_timings(tmp_path, {"report": {}})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that executed two stages of today's pipeline and one of an earlier one."""
    timings = tmp_path / "run" / ".rediffuse" / "timings"
    timings.mkdir(parents=True)
    for name, seconds in (("train_clip", 754.3), ("report", 0.59), ("earlier_stage", 5.0)):
        (timings / f"{name}.json").write_text(json.dumps({"seconds": seconds}))
    return tmp_path / "run"


@pytest.mark.parametrize("kind", ["bf16", "float32"])
def test_a_run_is_recorded_everywhere(
    kind: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    read = ("dvc.yaml", "params.yaml", "benchmarks/results.json", "benchmarks/naming.json")
    for name in (*read, *dict.fromkeys(map(str, FILES.values()))):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, here / name)
    shutil.copytree(ROOT / "metrics", here / "metrics")
    monkeypatch.chdir(here)
    monkeypatch.setattr(stage_seconds, "name_of", lambda _: kind)
    before = json.loads(Path("benchmarks/results.json").read_text())
    main(["--run", str(run)])
    after = json.loads(Path("benchmarks/results.json").read_text())
    seconds = after[kind].pop("stage_seconds")
    assert seconds == before[kind].pop("stage_seconds") | {"train_clip": 754.3, "report": 0.59}
    assert after[kind].pop("machine")["threads"] >= 1 and before[kind].pop("machine")
    assert after == before
    assert read_yaml(Path("dvc.yaml"))["stages"]["train_clip"]["meta"]["expected"] == "12m35s"
    row = next(line for line in Path("docs/architecture.md").read_text().splitlines() if "| `train_clip` |" in line)
    assert "| 12m35s |" in row and "| 754 s |" in row
    assert "train_text2image       not run, kept" in capsys.readouterr().out
