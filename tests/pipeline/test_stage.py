"""Outs appear whole or not at all, bad places end in one line, random streams are apart."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.models.digit_ddpm.params import Params as TrainDigitDdpm
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import generator, initial_noise
from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params

ROOT = Path(__file__).parents[2]
SECTION = "report:\n  title: a\n  author: ''\n  note: ''\n"


class StoppedError(Exception):
    """What ends a block in the middle."""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(SECTION)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_takes_the_old_ones_place(project: Path) -> None:
    out = project / "out"
    (out / "old").mkdir(parents=True)
    with stage.new_folder(out) as part:
        (part / "new").write_text("new")
        assert names(out) == ["old"], "the old content stays until the block has ended"
    assert names(out) == ["new"]
    assert names(project) == ["out", "out/new", "params.yaml"]


@pytest.mark.parametrize("error", [StoppedError, KeyboardInterrupt, SystemExit])
def test_a_folder_stays_as_it_was_when_the_block_raises(error: type[BaseException], project: Path) -> None:
    out = project / "deep" / "out"
    out.mkdir(parents=True)
    (out / "old").write_text("old")
    with pytest.raises(error), stage.new_folder(out) as part:
        (part / "new").write_text("new")
        raise error
    assert names(project / "deep") == ["out", "out/old"]
    assert (out / "old").read_text() == "old"


def test_no_folder_where_there_was_none(project: Path) -> None:
    with pytest.raises(StoppedError), stage.new_folder(project / "out"):
        raise StoppedError
    assert names(project) == ["params.yaml"]


@pytest.mark.parametrize("writer", ["new_folder", "new_file"])
def test_what_a_killed_run_left_is_cleared(writer: str, project: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from rediffuse.pipeline import outs\n"
        "with getattr(outs, sys.argv[1])('out') as part:\n"
        "    (part / 'half' if part.is_dir() else part).write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    killed = subprocess.run([sys.executable, "-c", program, writer], cwd=project, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert "out" not in names(project) and any(".part" in name for name in names(project))
    with getattr(stage, writer)(project / "out") as part:
        assert part.is_dir() == (writer == "new_folder") and names(part) == []
        (part / "whole" if part.is_dir() else part).write_text("whole")
    assert names(project) == (["out", "out/whole"] if writer == "new_folder" else ["out"]) + ["params.yaml"]


def test_a_file_stays_as_it_was_when_the_block_raises(project: Path) -> None:
    out = project / "deep" / "out.json"
    out.parent.mkdir()
    out.write_text("old")
    with pytest.raises(StoppedError), stage.new_file(out) as part:
        part.write_text("new")
        assert out.read_text() == "old"
        raise StoppedError
    assert names(out.parent) == ["out.json"] and out.read_text() == "old"


def test_json_is_stable_and_whole(project: Path) -> None:
    path = project / "metrics" / "a.json"
    content = {"b": 0.1, "a": {"é": [1, 2]}}
    stage.write_json(path, content)
    once = path.read_bytes()
    stage.write_json(path, content)
    assert path.read_bytes() == once
    assert once.decode() == '{\n  "b": 0.1,\n  "a": {\n    "é": [\n      1,\n      2\n    ]\n  }\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        stage.write_json(path, {"b": float("nan")})
    assert path.read_bytes() == once and names(path.parent) == ["a.json"]


def ended(main: Callable[[Params], None], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which the stage ``report`` ends."""
    with pytest.raises(SystemExit) as caught:
        stage.run("report", Params, main)
    assert caught.value.code == 2
    line = capsys.readouterr().err
    assert line.startswith("report: ") and line.count("\n") == 1 and line.endswith("\n")
    return line


@pytest.mark.parametrize("writer", ["folder", "file"])
def test_a_place_that_cannot_be_written(writer: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "models").write_text("a file where a folder should be")

    def main(params: Params) -> None:
        manager = stage.new_folder if writer == "folder" else stage.new_file
        with manager("models/out") as part:
            part.write_text("new")

    assert "models" in ended(main, capsys)
    assert names(project) == ["models", "params.yaml"]
    assert (project / "models").read_text() == "a file where a folder should be"


def test_a_file_where_an_out_folder_should_be(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "out").write_text("a file")

    def main(params: Params) -> None:
        with stage.new_folder("out") as part:
            (part / "new").write_text("new")

    assert "out" in ended(main, capsys)
    assert names(project) == ["out", "params.yaml"] and (project / "out").read_text() == "a file"


def test_no_permission(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def main(params: Params) -> None:
        raise PermissionError(13, "Permission denied", "models/out")  # root, as whom tests may run, is refused nothing

    assert "models/out: cannot be written or read (Permission denied)" in ended(main, capsys)


def test_a_full_disk(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def main(params: Params) -> None:
        with stage.new_file("out"):
            raise OSError(28, "No space left on device")

    assert "No space left on device" in ended(main, capsys)
    assert names(project) == ["params.yaml"]


def test_bad_input_of_several_lines_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main(params: Params) -> None:
        raise InputError("a file:\n  what the library\n  had to say")

    assert ended(main, capsys) == "report: a file: what the library had to say\n"


def test_a_stage_gets_its_section_and_leaves_a_time(project: Path) -> None:
    seen: list[Params] = []
    stage.run("report", Params, seen.append)
    assert seen == [Params(title="a", author="", note="")]
    assert json.loads((project / ".rediffuse/timings/report.json").read_text())["seconds"] >= 0


def test_a_stage_looks_for_garbage_whoever_imports_it(project: Path) -> None:
    """Looking for it is off while a script of ``stages`` is imported to be run, and on before its work begins."""
    told = "import gc, sys; sys.argv[0] = {name!r}; import stages; print(gc.isenabled())"
    for name, expected in (("-m", "False"), ("pytest", "True")):
        command = [sys.executable, "-c", told.format(name=name)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == expected
    gc.disable()
    try:
        enabled: list[bool] = []
        stage.run("report", Params, lambda _: enabled.append(gc.isenabled()))
        assert enabled == [True]
    finally:
        gc.enable()


def test_a_defect_of_ours_keeps_its_traceback() -> None:
    def main(params: Params) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.run("report", Params, main)


def helped(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """How the stage ``report`` ends when it is called with arguments; its main is never reached."""
    monkeypatch.setattr(sys, "argv", ["stages/report.py", *arguments])

    def main(params: Params) -> None:
        raise AssertionError("the stage ran")

    with pytest.raises(SystemExit) as caught:
        stage.run("report", Params, main)
    return int(str(caught.value.code))


def test_help_tells_the_parameters_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert helped(monkeypatch, "--help") == 0
    told = capsys.readouterr().out
    assert "usage: python -m stages.report" in told
    assert "  title: heading of the page" in told


def test_help_goes_into_the_sections_within() -> None:
    lines = list(stage.described(TrainDigitDdpm))
    assert "  optimizer" in lines and any(line.startswith("    muon_learning_rate: ") for line in lines)


def test_an_argument_that_a_stage_does_not_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert helped(monkeypatch, "--seed=3") == 2
    line = capsys.readouterr().err
    assert line.startswith("report: found the argument '--seed=3'") and line.count("\n") == 1


KEYS = st.tuples(st.integers(0, 2**31 - 1), st.text(max_size=8), st.integers(0, 10**6))


def first_draws(key: tuple[int, str, int]) -> list[int]:
    return torch.randint(0, 2**31, (4,), generator=generator(*key)).tolist()


@settings(deadline=None, max_examples=60)
@given(KEYS, KEYS)
def test_each_key_has_its_own_stream(one: tuple[int, str, int], other: tuple[int, str, int]) -> None:
    assert first_draws(one) == first_draws(one)
    assert (first_draws(one) == first_draws(other)) == (one == other)
    seed, study, index = one
    for near in ((seed ^ 1, study, index), (seed, study + "a", index), (seed, study, index + 1)):
        assert first_draws(near) != first_draws(one)


def test_initial_noise_of_an_image_alone_or_in_a_batch() -> None:
    together, randoms = initial_noise((3, 4, 4), 5, "eta", range(6))
    alone, (random,) = initial_noise((3, 4, 4), 5, "eta", range(4, 5))
    assert torch.equal(together[4:5], alone)
    assert torch.equal(torch.randn(7, generator=randoms[4]), torch.randn(7, generator=random))
