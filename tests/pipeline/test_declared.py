"""dvc.yaml declares what the stage scripts import, open and read, and no more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rediffuse.pipeline.params import read_yaml
from tools import source_deps
from tools.check_params import schemas
from tools.source_deps import (
    COVERED,
    EXACT,
    OPENED,
    ROOT,
    UNDECLARED,
    files_in,
    folded,
    imported_files,
    needed_files,
    opened_files,
    room_of,
    wanted_deps,
    with_deps,
)

STAGES: dict[str, dict[str, Any]] = read_yaml(ROOT / "dvc.yaml")["stages"]
IN_GIT = ("data/npm", "data/npm_pictures", "data/sketches", "data/concepts")
PLACES = ("data/", "models/", "plots/", "report")


def named(entries: list[str | dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Outs or metrics with their options."""
    return {
        path: options
        for entry in entries
        for path, options in (entry.items() if isinstance(entry, dict) else [(entry, {})])
    }


def outs(stage: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return named(stage.get("outs", [])) | named(stage.get("metrics", []))


def source_deps_of(name: str) -> list[str]:
    return [dep for dep in STAGES[name]["deps"] if dep.startswith(("src/", "stages/"))]


def files_of(dep: str) -> set[str]:
    return files_in(dep) if (ROOT / dep).is_dir() else {dep}


def wrong_deps(name: str, deps: list[str]) -> set[str]:
    """Files that a stage uses and no dep covers, and what its deps cover without need.

    A stage that makes data or trains needs the files that it uses, any other the rooms of these files.
    """
    needed = needed_files(name) - UNDECLARED
    covered = {file for dep in deps for file in files_of(dep)}
    if name.startswith(EXACT):
        needless = covered - needed - {f"src/rediffuse/{file}" for file in COVERED.get(name, {})}
    else:
        needless = set(deps) - {room_of(file, name) for file in needed}
    return (needed - covered) | needless


@pytest.mark.parametrize("name", STAGES)
def test_source_deps(name: str) -> None:
    deps = source_deps_of(name)
    assert not wrong_deps(name, deps), f"{name}: its deps are not what it imports and opens; run: make deps"
    assert deps == wanted_deps(name), f"{name}: run: make deps"
    assert len(STAGES[name]["deps"]) == len(set(STAGES[name]["deps"])), f"{name}: a dep stands there twice"


@pytest.mark.parametrize("name", STAGES)
def test_a_missing_source_dep_is_found(name: str) -> None:
    deps = source_deps_of(name)
    for dep in deps:
        assert wrong_deps(name, [other for other in deps if other != dep]), dep


@pytest.mark.parametrize("name", [name for name in STAGES if name.startswith(EXACT)])
def test_a_needless_source_dep_of_a_training_is_found(name: str) -> None:
    studies = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "src/rediffuse/studies").rglob("study.py"))
    for dep in ("src/rediffuse/page", "src/rediffuse/report/sections/b2_ddim.html", "src/rediffuse/models", *studies):
        assert wrong_deps(name, [*source_deps_of(name), dep]), dep


def test_a_study_depends_on_whole_rooms_and_on_no_room_without_need() -> None:
    deps = source_deps_of("generate_ranked")
    assert not wrong_deps("generate_ranked", deps)
    assert wrong_deps("generate_ranked", [*deps, "src/rediffuse/evaluation/prompts.py"])
    assert wrong_deps("generate_ranked", [*deps, "src/rediffuse/studies/a9_refinement"])


@pytest.mark.parametrize("name", COVERED)
def test_a_file_that_a_folder_covers_without_need_is_listed_with_its_reason(name: str) -> None:
    covered = {file for dep in source_deps_of(name) for file in files_of(dep)}
    for file, reason in COVERED[name].items():
        assert f"src/rediffuse/{file}" in covered - needed_files(name), f"{name}, {file}: take it out of COVERED"
        assert reason


def test_dvc_yaml_is_short() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    stages = len(read_yaml(ROOT / "dvc.yaml")["stages"])
    assert len(text.encode()) <= 20_000 / 26 * max(26, stages)  # 26 stages had 20 kB
    assert max(len(line) for line in text.splitlines()) <= 120


def test_a_folder_stands_for_all_of_its_files_and_for_no_others() -> None:
    rooms = sorted(str(folder.relative_to(ROOT)) for folder in (ROOT / "src/rediffuse").rglob("*") if folder.is_dir())
    whole = [room for room in rooms if "__pycache__" not in room and len(files_in(room)) > 1]
    for room in whole:
        files = files_in(room)
        assert folded(files) == [room]
        assert room not in folded(sorted(files)[1:])
        assert folded(sorted(files)[1:], {min(files)}) == ([room] if len(files) > 2 else sorted(files)[1:])


def test_every_data_file_of_the_package_belongs_to_a_module() -> None:
    data = {file for file in files_in("src/rediffuse") if not file.endswith(".py")}
    modules = [f"src/rediffuse/{module}" for module in OPENED]
    assert data == {file for module in modules for file in opened_files(module)}
    for module in modules:
        text = (ROOT / module).read_text(encoding="utf-8")
        assert all(
            Path(file).name in text or any(f'"{part}"' in text for part in Path(file).parent.parts[2:])
            for file in opened_files(module)
        ), module


@pytest.mark.parametrize("name", STAGES)
def test_data_deps_are_made_by_a_stage_or_lie_in_git(name: str) -> None:
    made = {out for stage in STAGES.values() for out in outs(stage)}
    for dep in STAGES[name]["deps"]:
        if not dep.startswith(("src/", "stages/")):
            assert dep in (*IN_GIT, "metrics", "plots") or any(Path(dep).is_relative_to(out) for out in made), dep


@pytest.mark.parametrize("name", STAGES)
def test_paths_in_the_code_are_deps_or_outs(name: str) -> None:
    """What the script names under data/, models/, metrics/ is declared."""
    text = (ROOT / "stages" / f"{name}.py").read_text(encoding="utf-8").replace("{NAME}", name)
    used = set(re.findall(r'"((?:data|models|metrics)/[\w./]+)"', text))
    declared = [*STAGES[name]["deps"], *outs(STAGES[name])]
    undeclared = {
        path for path in used if not any(path == other or Path(other).is_relative_to(path) for other in declared)
    }
    assert undeclared == set()


@pytest.mark.parametrize("name", STAGES)
def test_the_rest_of_a_stage(name: str) -> None:
    stage = STAGES[name]
    assert stage["cmd"] == f"python -m stages.{name}"
    assert stage["params"] == [name]
    assert stage["desc"].strip()
    assert re.fullmatch(r"(?=.)(\d+m)?(\d+s)?", stage["meta"]["expected"])
    made, metrics = named(stage.get("outs", [])), named(stage.get("metrics", []))
    details = made.pop(f"metrics/details/{name}.json", None)
    assert (details is not None) == bool(metrics) and (details is None or details["cache"] is False)
    assert all(out.startswith(PLACES) for out in made)
    assert all(options.get("cache", True) for options in made.values())
    assert set(metrics) <= {f"metrics/{name}.json"}
    assert all(options["cache"] is False for options in metrics.values())
    if name.startswith("train_"):
        assert not metrics, "a stage that trains has cached outs only, or the run cache cannot restore it"


def test_stages_sections_scripts_and_schemas_are_the_same() -> None:
    scripts = {path.stem for path in (ROOT / "stages").glob("[a-z]*.py")}
    assert set(STAGES) == set(read_yaml(ROOT / "params.yaml")) == set(schemas()) == scripts


def test_plots_come_out_of_stages() -> None:
    made = {out for stage in STAGES.values() for out in outs(stage)}
    for entry in read_yaml(ROOT / "plots/dvc.yaml")["plots"]:
        for title, options in [(entry, {})] if isinstance(entry, str) else entry.items():
            for source in options["y"] if options else [title]:
                assert any(Path("plots", source).is_relative_to(out) for out in made), source


def test_no_out_is_in_two_stages() -> None:
    made = [out for stage in STAGES.values() for out in outs(stage)]
    assert len(made) == len(set(made))


def test_the_walker_finds_nested_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "stages/__init__.py": "import sys\n",
        "stages/walk.py": "from rediffuse.inner import first\n",
        "src/rediffuse/__init__.py": "",
        "src/rediffuse/inner/__init__.py": "",
        "src/rediffuse/inner/first.py": "def f() -> None:\n    if True:\n        import rediffuse.second\n",
        "src/rediffuse/second.py": "from rediffuse import third as other\nimport json\n",
        "src/rediffuse/third.py": "VALUE = 1\n",
        "src/rediffuse/unused.py": "VALUE = 2\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(source_deps, "ROOT", tmp_path)
    monkeypatch.setattr(
        source_deps, "PACKAGES", {"rediffuse": tmp_path / "src" / "rediffuse", "stages": tmp_path / "stages"}
    )
    assert imported_files(tmp_path / "stages" / "walk.py") == {
        "stages/__init__.py",
        "stages/walk.py",
        "src/rediffuse/inner/first.py",
        "src/rediffuse/second.py",
        "src/rediffuse/third.py",
    }


def test_deps_are_written_and_the_rest_stays() -> None:
    first = "stages:\n  a:\n    deps: [data/x, src/old.py]\n    outs: [y]\n"
    pipeline = first + "  b:\n    deps: [src/old.py]\n"
    after = with_deps(pipeline, "a", ["src/new", "stages/a.py"])
    assert after == pipeline.replace("[data/x, src/old.py]", "[data/x, src/new, stages/a.py]")
    assert with_deps(after, "b", ["src/old.py"]) == after


def test_many_deps_are_wrapped_and_read_again() -> None:
    pipeline = "stages:\n  a:\n    deps: [data/x]\n    outs: [y]\n"
    deps = [f"src/rediffuse/room_{index}/file-{index}.py" for index in range(9)]
    after = with_deps(pipeline, "a", deps)
    assert max(len(line) for line in after.splitlines()) <= 120
    assert YAML(typ="safe").load(after) == {"stages": {"a": {"deps": ["data/x", *deps], "outs": ["y"]}}}
    assert with_deps(after, "a", []) == pipeline
