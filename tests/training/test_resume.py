"""Checkpoints: what is saved comes back, what is damaged is named, another run has another key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params
from rediffuse.training.resume import Checkpoint

SECTION = Params(title="a", author="", note="")
DVC = "stages:\n  report:\n    cmd: x\n    deps: [data/digits, code.py]\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text(DVC)
    (tmp_path / "data/digits/inner").mkdir(parents=True)
    (tmp_path / "data/digits/inner/a").write_bytes(b"one")
    (tmp_path / "code.py").write_text("x = 1\n")
    return tmp_path


def key(section: Params = SECTION, run_key: str = "") -> Path:
    return Checkpoint.of_stage("report", section, run_key).path


def test_what_is_saved_comes_back() -> None:
    checkpoint = Checkpoint.of_stage("report", SECTION)
    assert checkpoint.load() is None
    state = {
        "model": {"w": torch.randn(3, 2), "half": torch.randn(4).bfloat16()},
        "ema": None,
        "losses": [0.1, 1 / 3],
        "extra": {"step": 3, "accuracy": 0.5},
    }
    checkpoint.save(state)
    found = Checkpoint.of_stage("report", SECTION).load()
    assert found is not None
    assert all(torch.equal(found["model"][name], value) for name, value in state["model"].items())
    assert {name: found[name] for name in ("ema", "losses", "extra")} == {
        name: state[name] for name in ("ema", "losses", "extra")
    }
    checkpoint.remove()
    assert checkpoint.load() is None and not checkpoint.path.parent.exists()


def test_a_failed_save_keeps_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint.of_stage("report", SECTION)
    checkpoint.save({"step": 1})

    def half(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save({"step": 2})
    assert checkpoint.load() == {"step": 1}
    assert [path.name for path in checkpoint.path.parent.iterdir()] == [checkpoint.path.name]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_file_is_named(damage: str) -> None:
    checkpoint = Checkpoint.of_stage("report", SECTION)
    checkpoint.save({"model": torch.arange(1000)})
    whole = checkpoint.path.read_bytes()
    flipped = bytes([whole[0] ^ 255]) + whole[1:]
    checkpoint.path.write_bytes({"cut": whole[: len(whole) // 2], "flip": flipped, "empty": b"", "text": b"a"}[damage])
    with pytest.raises(InputError, match=r"state\.pt: not a readable checkpoint; delete it") as caught:
        checkpoint.load()
    assert str(checkpoint.path) in str(caught.value) and "\n" not in str(caught.value)


class Harm:
    """What a pickle can do: run a command while it is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


def test_code_in_a_checkpoint_is_not_run(project: Path) -> None:
    checkpoint = Checkpoint.of_stage("report", SECTION)
    checkpoint.path.parent.mkdir(parents=True)
    torch.save({"model": Harm()}, checkpoint.path)
    with pytest.raises(InputError):
        checkpoint.load()
    assert not (project / "harmed").exists()


def test_the_key_holds_params_processes_and_the_bytes_of_deps(project: Path) -> None:
    first = key()
    assert key() == first
    seen = {first, key(SECTION.model_copy(update={"title": "b"})), key(run_key="2 processes")}
    (project / "code.py").write_text("x = 2\n")
    seen.add(key())
    (project / "data/digits/inner/a").write_bytes(b"two")
    seen.add(key())
    (project / "data/digits/inner/a").rename(project / "data/digits/inner/b")
    seen.add(key())
    (project / "data/digits/c").write_bytes(b"")
    seen.add(key())
    assert len(seen) == 7


def test_the_key_does_not_hold_times(project: Path) -> None:
    first = key()
    os.utime(project / "data/digits/inner/a", (1, 1))
    os.utime(project / "code.py", (1, 1))
    assert key() == first


def test_a_dep_that_is_missing(project: Path) -> None:
    (project / "code.py").unlink()
    with pytest.raises(FileNotFoundError, match=r"code\.py"):  # the stage tells it in one line
        key()


def test_what_python_compiled_beside_the_code_changes_no_key(project: Path) -> None:
    (project / "dvc.yaml").write_text(DVC.replace("code.py", "code"))
    (project / "code").mkdir()
    (project / "code/a.py").write_text("x = 1\n")
    before = key()
    (project / "code/__pycache__").mkdir()
    (project / "code/__pycache__/a.pyc").write_bytes(b"compiled")
    assert key() == before
    (project / "code/a.py").write_text("x = 2\n")
    assert key() != before
