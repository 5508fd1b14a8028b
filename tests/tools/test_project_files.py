"""Files that say the same thing in two places: lock, dependencies, versions, checks, what `make clean` removes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from rediffuse.pipeline.params import read_yaml
from tools import check_wheels
from tools.environment import OF_CUDA, OF_TORCH, read_lock, version_of

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def requirements(text: str) -> list[Requirement]:
    return [Requirement(line) for line in text.splitlines() if line and not line.startswith("#")]


def runtime_and_checks() -> tuple[list[Requirement], list[Requirement]]:
    runtime, checks = (ROOT / "requirements.in").read_text(encoding="utf-8").split("# checks\n")
    return requirements(runtime), requirements(checks)


def test_dependencies_are_those_of_requirements_in() -> None:
    declared = [Requirement(line) for line in PROJECT["dependencies"]]
    assert [needed.name for needed in declared] == [needed.name for needed in runtime_and_checks()[0]]
    for needed in declared:
        assert version_of(LOCK[canonicalize_name(needed.name)]) in needed.specifier, needed


def test_the_lock_fits_requirements_in() -> None:
    for needed in [*runtime_and_checks()[0], *runtime_and_checks()[1]]:
        assert version_of(LOCK[canonicalize_name(needed.name)]) in needed.specifier, needed


def test_every_import_of_the_package_is_a_dependency() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    owners = metadata.packages_distributions()
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "stages").glob("*.py")]:
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
        for name in names - sys.stdlib_module_names - {"rediffuse", "stages"}:
            assert declared & {canonicalize_name(owner) for owner in owners[name]}, f"{path}: {name}"


def test_every_pin_has_hashes_and_no_address() -> None:
    assert len(LOCK) > 150
    for name, entry in LOCK.items():
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}", entry), name
        assert "://" not in entry, name


def test_nothing_but_torch_asks_for_the_packages_of_cuda() -> None:
    of_cuda = {name for name in LOCK if OF_CUDA.match(name)}
    assert {"triton", "cuda-toolkit", "nvidia-cublas", "nvidia-cudnn-cu13"} <= of_cuda
    installed = {canonicalize_name(found.metadata["Name"]): found for found in metadata.distributions()}
    kept = set(LOCK) & set(installed) - of_cuda - set(OF_TORCH)
    assert len(kept) > 120
    for name in kept:
        needed = [Requirement(line) for line in installed[name].requires or []]
        asked = {
            canonicalize_name(other.name) for other in needed if not (other.marker and "extra" in str(other.marker))
        }
        assert not asked & of_cuda, name


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    allowed = SpecifierSet(PROJECT["requires-python"])
    supported = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}.1" in allowed]
    script = (ROOT / "tools" / "find_python.sh").read_text(encoding="utf-8")
    listed = re.search(r'SUPPORTED="([^"]+)"', script)
    assert listed and listed[1].split() == supported[::-1]
    assert list(check_wheels.PYTHONS) == supported
    between = f"{supported[0]} to {supported[-1]}"
    for name in ("tools/find_python.sh", "Makefile", "README.md"):
        assert between in (ROOT / name).read_text(encoding="utf-8"), name


def test_the_hooks_are_the_checks_of_make_lint() -> None:
    recipe = re.search(r"(?m)^lint:.*\n((?:\t.*\n)+)", MAKEFILE)
    assert recipe
    hooks = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = [hook["entry"].replace(" --force-exclude", "") for hook in hooks[0]["hooks"]]
    assert entries == [
        line.strip().replace("$(BIN)", ".venv/bin").removesuffix(" .") for line in recipe[1].splitlines()
    ]


def test_licence_and_version_are_the_same_everywhere() -> None:
    citation = read_yaml(ROOT / "CITATION.cff")
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == citation["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text and "END OF TERMS" in text
    assert str(citation["version"]) == PROJECT["version"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_make_clean_removes_every_cached_out_and_nothing_of_the_user(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    stages = read_yaml(ROOT / "dvc.yaml")["stages"].values()
    entries = [out for stage in stages for out in stage.get("outs", [])]
    named = [out if isinstance(out, str) else next(iter(out)) for out in entries]
    details = [out for out in named if out.startswith("metrics/")]  # in Git, as all metrics
    outs = [out for out in named if out not in details]
    kept = [
        "data/sketches/own.png",
        "data/concepts/cup/1.png",
        "data/npm/package.json",
        "plots/README.md",
        "plots/dvc.yaml",
        ".venv/x",
    ]
    for name in [*outs, *kept, *details]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if "." in Path(name).name:
            (tmp_path / name).write_text("")
        else:
            (tmp_path / name).mkdir(exist_ok=True)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert not [name for name in outs if (tmp_path / name).exists()]
    assert all((tmp_path / name).exists() for name in [*kept, *details])
