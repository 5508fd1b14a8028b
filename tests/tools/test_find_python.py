"""Which Python makes the environment, from a PATH that holds nothing but stand-ins."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "find_python.sh"


def put(folder: Path, name: str, version: str, has_venv: bool = True) -> Path:
    """A stand-in of a Python that tells its version and whether it has venv."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = "exit 0" if has_venv else "exit 1"
    path.write_text(f'#!/bin/sh\ncase "$2" in\n*version_info*) echo "{version} $0" ;;\n*) {answer} ;;\nesac\n')
    path.chmod(0o755)
    return path


def find(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *arguments],
        cwd=folder,
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 2 and ended.stdout == "" and ended.stderr.count("\n") == 1, ended
    return ended.stderr


def test_the_newest_supported_one_is_taken(tmp_path: Path) -> None:
    for version in ("3.9", "3.11", "3.13", "3.15"):
        put(tmp_path / "bin", f"python{version}", version)
    put(tmp_path / "bin", "python3", "3.15")
    assert find(tmp_path).stdout == f"{tmp_path}/bin/python3.13\n"


def test_python3_is_taken_where_no_other_name_is_there(tmp_path: Path) -> None:
    put(tmp_path / "bin", "python3", "3.12")
    assert find(tmp_path).stdout == f"{tmp_path}/bin/python3\n"


def test_one_that_does_not_run_or_lacks_venv_is_passed_over(tmp_path: Path) -> None:
    broken = put(tmp_path / "bin", "python3.14", "3.14")
    broken.write_text("#!/bin/sh\nexit 127\n")
    put(tmp_path / "bin", "python3.13", "3.13", has_venv=False)
    put(tmp_path / "bin", "python3.12", "3.12")
    assert find(tmp_path).stdout == f"{tmp_path}/bin/python3.12\n"


def test_an_environment_keeps_its_python(tmp_path: Path) -> None:
    put(tmp_path / "bin", "python3.14", "3.14")
    kept = put(tmp_path / ".venv" / "bin", "python", "3.11")
    assert find(tmp_path).stdout.strip().endswith(".venv/bin/python")
    assert find(tmp_path, "python3.14").stdout == f"{tmp_path}/bin/python3.14\n"
    kept.write_text("#!/bin/sh\nexit 127\n")
    assert find(tmp_path).stdout == f"{tmp_path}/bin/python3.14\n"


@pytest.mark.parametrize("version", ["3.10", "3.15"])
def test_a_wrong_one_ends_in_one_line(version: str, tmp_path: Path) -> None:
    path = put(tmp_path / "bin", "python3", version)
    for ended in (find(tmp_path), find(tmp_path, str(path))):
        line = one_line(ended)
        assert f"is Python {version}" in line and "3.11 to 3.14" in line and "install" in line


def test_none_at_all_ends_in_one_line(tmp_path: Path) -> None:
    assert "found none on PATH" in one_line(find(tmp_path))


def test_a_missing_venv_module_is_named(tmp_path: Path) -> None:
    put(tmp_path / "bin", "python3.12", "3.12", has_venv=False)
    assert "python3.12-venv" in one_line(find(tmp_path))


def test_a_python_that_is_asked_for_is_not_replaced(tmp_path: Path) -> None:
    put(tmp_path / "bin", "python3.14", "3.14")
    assert "python3.99 does not run" in one_line(find(tmp_path, "python3.99"))
