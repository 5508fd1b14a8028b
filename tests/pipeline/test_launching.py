"""Several processes and devices that are not supported are refused in one line, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.pipeline import stage
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml, validate
from tools.check_params import schemas

ROOT = Path(__file__).parents[2]
SECTIONS = read_yaml(ROOT / "params.yaml")
WITH_DEVICE = [name for name, section in SECTIONS.items() if "device" in section]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())


def test_trainings_alone_split_their_batches() -> None:
    assert {name for name, schema in schemas().items() if schema.splits_batches} == {
        name for name in SECTIONS if name.startswith("train_")
    }


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_two_processes_are_refused_but_for_trainings(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    called: list[object] = []
    if name.startswith("train_"):
        stage.run(name, schemas()[name], called.append)
        assert len(called) == 1
        return
    with pytest.raises(SystemExit) as ended:
        stage.run(name, schemas()[name], called.append)
    assert ended.value.code == 2 and not called
    line = f"{name}: found 2 processes, allowed 1, since only trainings share a batch; start without torchrun\n"
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("size", [None, "1"])
def test_one_process_runs(size: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    if size is not None:
        monkeypatch.setenv("WORLD_SIZE", size)
    called: list[object] = []
    stage.run("report", schemas()["report"], called.append)
    assert len(called) == 1


@pytest.mark.parametrize("name", WITH_DEVICE)
def test_gpus_of_apple_are_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(schemas()[name], {**SECTIONS[name], "device": "mps"}, name)
    line = str(caught.value)
    assert line.startswith(f"{name}.device: found 'mps'; ") and "'auto', 'cpu'" in line and "\n" not in line


def test_every_stage_with_a_network_has_a_device() -> None:
    assert len(WITH_DEVICE) > 20
