"""Outs are replaced as a whole by one process at a time, whatever lies in their place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rediffuse.pipeline import outs, stage
from rediffuse.pipeline.errors import InputError

ROOT = Path(__file__).parents[2]
NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def fill(out: str = "out", text: str = "new") -> None:
    with outs.new_folder(out) as part:
        (part / "file").write_text(text)


def refused(out: str = "out") -> str:
    """The one line of a folder that cannot be replaced, for which nothing was begun."""
    with pytest.raises(InputError) as caught, outs.new_folder(out):
        raise AssertionError("the block was entered")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("filled", [True, False])
def test_a_linked_folder_is_replaced_where_it_lies(filled: bool, project: Path) -> None:
    disk = project / "disk" / "faces"
    disk.mkdir(parents=True)
    if filled:
        (disk / "old").write_text("old")
    (project / "out").symlink_to("disk/faces")
    for text in ("one", "two"):
        fill(text=text)
        assert (project / "out").is_symlink() and (disk / "file").read_text() == text
        assert names(project) == ["disk", "disk/faces", "disk/faces/file", "out"]


def test_a_link_to_a_folder_that_is_not_there_yet(project: Path) -> None:
    (project / "disk").mkdir()
    (project / "out").symlink_to("disk/faces")
    fill()
    assert (project / "disk" / "faces" / "file").read_text() == "new" and (project / "out").is_symlink()


def test_links_through_links(project: Path) -> None:
    (project / "disk").mkdir()
    (project / "middle").symlink_to("disk")
    (project / "out").symlink_to("middle")
    fill()
    assert names(project) == ["disk", "disk/file", "middle", "out"]


@pytest.mark.parametrize("target", ["/no/such/disk/faces", "out", "other"])
def test_a_link_that_leads_nowhere(target: str, project: Path) -> None:
    (project / "other").symlink_to("out")
    (project / "out").symlink_to(target)
    assert f"out: found a link to {target}, which leads nowhere" in refused()
    assert names(project) == ["other", "out"] and (project / "out").is_symlink()


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_something_else_in_the_place_of_a_folder(make: Callable[[Path], None], project: Path) -> None:
    make(project / "out")
    assert "out: found a file, expected a folder or nothing" in refused()
    (project / "link").symlink_to("out")
    assert "link: found a file" in refused("link")


def test_a_folder_in_the_place_of_a_file(project: Path) -> None:
    (project / "out").mkdir()
    with pytest.raises(InputError, match="out: found a folder, expected a file"), outs.new_file("out"):
        raise AssertionError("the block was entered")


def test_a_link_in_the_place_of_a_file_is_replaced_and_its_target_kept(project: Path) -> None:
    """DVC may link a file of an out into its cache."""
    (project / "cached").write_text("old")
    (project / "out").symlink_to("cached")
    with outs.new_file("out") as part:
        part.write_text("new")
    assert (project / "cached").read_text() == "old" and (project / "out").read_text() == "new"
    assert not (project / "out").is_symlink()


def test_a_folder_that_another_user_owns(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = project / "out" / "inner"
    inner.mkdir(parents=True)
    (inner / "old").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "inner")  # root is refused nothing
    assert "out/inner: cannot be emptied by this user; check its owner and mode" in refused()
    assert (inner / "old").read_text() == "old"


def test_an_old_folder_that_cannot_be_removed_blocks_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(text="one")
    with monkeypatch.context() as patch:
        patch.setattr(outs.shutil, "rmtree", lambda *args, **options: None)
        for text in ("two", "three"):
            fill(text=text)
            assert (project / "out" / "file").read_text() == text
    fill(text="four")
    assert names(project) == ["out", "out/file"] and (project / "out" / "file").read_text() == "four"


def test_the_old_folder_comes_back_where_the_new_one_cannot_be_placed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(text="old")
    replace = Path.replace

    def busy(source: Path, target: Path) -> Path:
        if Path(target).name == "out" and not source.name.endswith(".old.part"):
            raise OSError(16, "Device or resource busy", str(target))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(OSError, match="busy"):
        fill(text="new")
    assert names(project) == ["out", "out/file"] and (project / "out" / "file").read_text() == "old"


@pytest.mark.parametrize("name", ["a[b]", "a*", "?", "with space", "é", "a.b", "x" * 200, "a\udcff"])
def test_any_name_of_an_out(name: str, project: Path) -> None:
    for text in ("one", "two"):
        fill(name, text)
        with outs.new_file(f"{name}.json") as part:
            part.write_text(text)
    assert names(project) == sorted([name, f"{name}/file", f"{name}.json"])


def test_names_that_begin_alike_are_apart(project: Path) -> None:
    with outs.new_folder("out") as first, outs.new_file("out.json") as second:
        second.write_text("{}")
        with outs.new_folder("ou") as third:
            (third / "c").write_text("c")
        (first / "a").write_text("a")
    assert names(project) == ["ou", "ou/c", "out", "out.json", "out/a"]


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from rediffuse.pipeline import stage
from rediffuse.report.params import Params

def main(params):
    with stage.new_folder("out") as part:
        (part / "first").write_text("whole")
        Path("begun").touch()
        while not Path("go").exists():
            time.sleep(0.02)
        if Path("die").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        (part / "last").write_text("whole")

stage.run(sys.argv.pop(), Params, main)
"""


def started(name: str = "report") -> subprocess.Popen[str]:
    Path("params.yaml").write_text(
        "".join(f"{key}: {{title: a, author: '', note: ''}}\n" for key in ("report", "other"))
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", PROGRAM, name]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def begun(process: subprocess.Popen[str]) -> None:
    while not Path("begun").exists():
        assert process.poll() is None


@pytest.mark.parametrize("other", ["report", "other"])
def test_two_processes_at_once(other: str, project: Path) -> None:
    """The second one ends in one line, be it the same stage, or another one with the same out; the first is whole."""
    first = started()
    begun(first)
    second = started(other)
    _, told = second.communicate(timeout=60)
    what = "the stage report in this folder" if other == "report" else "out"
    assert (second.returncode, told) == (
        2,
        f"{other}: {what}: process {first.pid} is at work on it; wait for its end\n",
    )
    Path("go").touch()
    assert first.wait(60) == 0
    assert names(project / "out") == ["first", "last"]
    assert names(project)[0].startswith(".rediffuse") and not any(".part" in name for name in names(project))


def test_a_killed_process_blocks_nothing(project: Path) -> None:
    first = started()
    begun(first)
    Path("die").touch()
    Path("go").touch()
    assert first.wait(60) == -signal.SIGKILL
    assert not (project / "out").exists() and any(".part" in name for name in names(project))
    Path("die").unlink()
    second = started()
    _, told = second.communicate(timeout=60)
    assert (second.returncode, told) == (0, "")
    assert names(project / "out") == ["first", "last"] and not any(".part" in name for name in names(project))


def test_processes_of_one_torchrun_are_one_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = started()
    begun(first)
    monkeypatch.setenv("RANK", "1")
    second = started("report")
    _, told = second.communicate(timeout=60)
    assert "out: process" in told, (
        "a second rank is not stopped as a second run, but writes nothing that the first writes"
    )
    Path("go").touch()
    assert first.wait(60) == 0


def test_every_study_writes_its_metrics_by_the_one_writer() -> None:
    for path in sorted((ROOT / "stages").glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        assert "metrics/" not in text, f"{path.name} writes metrics past new_results and write_metrics"


def test_a_name_that_is_no_utf_8_comes_back_from_json(project: Path) -> None:
    name = os.fsdecode(b"house-\xff")
    stage.write_json("a.json", {name: {"é": 1}})
    content = (project / "a.json").read_bytes()
    assert json.loads(content.decode("utf-8")) == {name: {"é": 1}} and "é".encode() in content
