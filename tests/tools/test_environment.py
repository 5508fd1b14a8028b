"""When the environment is built, and from what."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import environment

ROOT = Path(__file__).parents[2]
WHEELS = {
    "torch": "1.0",
    "torchvision": "2.0",
    "setuptools": "3.0",
    "cuda-bindings": "4.0",
    "nvidia-cublas": "5.0",
    "triton": "6.0",
    "nvidia-ml-py": "7.0",
    "tritonclient": "8.0",
}


def write_wheel(folder: Path, name: str, version: str) -> str:
    """A wheel without a module; its SHA-256."""
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Makefile and its tools beside a lock of stand-ins, whose wheels lie in ``wheels``."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "wheels").mkdir()
    hashes = {name: write_wheel(tmp_path / "wheels", name, version) for name, version in WHEELS.items()}
    lines = [
        f"{name}=={version} ; python_version >= '3' \\\n    --hash=sha256:{hashes[name]}\n"
        for name, version in WHEELS.items()
    ]
    (tmp_path / "requirements.lock").write_text("# made by hand\n" + "".join(lines))
    return tmp_path


def make_env(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    alone = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        ["make", "env", f"PYTHON={sys.executable}", *arguments],
        cwd=project,
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(project: Path) -> dict[str, str]:
    listed = subprocess.run(
        [project / ".venv/bin/python", "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    )
    return {entry["name"].lower(): entry["version"] for entry in json.loads(listed.stdout) if entry["name"] != "pip"}


def test_make_env_installs_the_lock_then_torch_without_cuda(project: Path) -> None:
    first = make_env(project)
    assert first.returncode == 0, first.stderr
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    assert version in first.stdout and first.stdout.count("\n") == 1
    assert installed(project) == WHEELS
    assert make_env(project).stdout == ""

    for name in ("torch", "torchvision"):
        write_wheel(project / "wheels", name, f"{WHEELS[name]}+cpu")
    assert make_env(project, "TORCH=cpu").returncode == 0
    rest = {name: WHEELS[name] for name in ("setuptools", "nvidia-ml-py", "tritonclient")}
    suffix = "+cpu" if sys.platform == "linux" else ""
    assert installed(project) == {**rest, "torch": f"1.0{suffix}", "torchvision": f"2.0{suffix}"}
    assert make_env(project).stdout == "", "without TORCH the environment stays as it is"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no build of torch has CUDA")
def test_an_index_without_the_cpu_build_ends_in_one_line_of_ours(project: Path) -> None:
    ended = make_env(project, "TORCH=cpu")
    lines = [line for line in ended.stderr.splitlines() if line.startswith("environment:")]
    assert ended.returncode == 2 and len(lines) == 1
    assert "torch==1.0+cpu" in lines[0] and "PIP_EXTRA_INDEX_URL" in lines[0]
    assert not (project / ".venv/.ready").exists()


def test_a_file_with_another_hash_is_refused(project: Path) -> None:
    write_wheel(project / "wheels", "triton", "6.0 ".strip())
    lock = project / "requirements.lock"
    entry = environment.read_lock(lock.read_text())["triton"]
    lock.write_text(lock.read_text().replace(entry, entry[:-9] + "00000000\n"))
    ended = make_env(project)
    assert ended.returncode == 2 and "environment: requirements.lock" in ended.stderr
    assert not (project / ".venv/.ready").exists()


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What main() builds, in place of building it: the choice of torch each time."""
    monkeypatch.chdir(tmp_path)
    Path("requirements.lock").write_text("torch==1.0 \\\n    --hash=sha256:0\n")
    done: list[str] = []

    def build(torch: str) -> None:
        done.append(torch)
        environment.READY.parent.joinpath("bin").mkdir(parents=True, exist_ok=True)
        python = environment.VENV / "bin" / "python"
        python.unlink(missing_ok=True)
        python.symlink_to(sys.executable)

    monkeypatch.setattr(environment, "build", build)
    monkeypatch.setattr(environment, "unsupported_platform", lambda *_: None)
    return done


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["environment.py", *arguments])
    return environment.main()


def change_the_lock() -> None:
    Path("requirements.lock").write_text("torch==1.1 \\\n    --hash=sha256:0\n")


def record_another_python() -> None:
    state = json.loads(environment.READY.read_text())
    environment.READY.write_text(json.dumps({**state, "python": "3.8"}))


def remove_its_python() -> None:
    python = environment.VENV / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")


def remove_the_mark() -> None:
    environment.READY.unlink()


def empty_the_mark() -> None:
    environment.READY.write_text("")


@pytest.mark.parametrize(
    "change", [change_the_lock, record_another_python, remove_its_python, remove_the_mark, empty_the_mark]
)
def test_a_change_builds_it_anew_and_only_once(
    change: Callable[[], None], builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_main(monkeypatch) == run_main(monkeypatch) == 0
    assert builds == ["lock"]
    change()
    assert run_main(monkeypatch) == run_main(monkeypatch) == 0
    assert builds == ["lock", "lock"]


def test_the_choice_of_torch_is_kept_until_another_is_made(builds: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for torch in ("", "cpu", "", "cpu", "lock", ""):
        assert run_main(monkeypatch, "--torch", torch) == 0
    assert builds == ["lock", "cpu", "lock"]
    run_main(monkeypatch, "--torch", "cpu")
    change_the_lock()
    run_main(monkeypatch, "--torch", "")
    assert builds[-2:] == ["cpu", "cpu"]


def test_a_build_that_fails_leaves_no_mark(
    builds: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "build", lambda torch: "no network")
    assert run_main(monkeypatch) == 2
    assert capsys.readouterr().err == "environment: no network\n"
    assert not environment.READY.exists()


@pytest.mark.parametrize(
    "machine", [("linux", "x86_64", "glibc"), ("linux", "aarch64", "glibc"), ("darwin", "arm64", "")]
)
def test_supported_machines(machine: tuple[str, str, str]) -> None:
    assert environment.unsupported_platform(*machine) is None


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        (("win32", "AMD64", ""), "WSL"),
        (("darwin", "x86_64", ""), "arm64"),
        (("linux", "x86_64", ""), "glibc"),
        (("linux", "riscv64", "glibc"), "riscv64"),
    ],
)
def test_other_machines_are_refused_in_one_line(machine: tuple[str, str, str], told: str) -> None:
    line = environment.unsupported_platform(*machine)
    assert line is not None and told in line and "\n" not in line
