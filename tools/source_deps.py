"""Which of the project's own files a stage depends on, and their place in dvc.yaml: ``make deps`` writes it.

A stage that makes data or trains names what it uses and no more, since trainings take minutes. A folder stands for its
files where the stage uses all of them but those in ``COVERED``. Studies and the page take seconds and name whole rooms.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Set
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"rediffuse": ROOT / "src" / "rediffuse", "stages": ROOT / "stages"}
# Files beside the code that a module opens: whoever imports the module depends on them. Patterns below src/rediffuse.
OPENED = {
    "data/sources/shared/packages.py": ["data/sources/shared/fonts.json", "data/sources/shared/photographs.json"],
    "data/sources/pictures/drawings.py": ["data/sources/pictures/drawings.json"],
    "data/sources/pictures/vocabulary.py": ["data/sources/pictures/vocabulary.json"],
    "evaluation/references.py": ["evaluation/reference.yaml"],
    "report/render.py": ["report/templates/*", "page/*.html", "report/sections/*.html"],
}
EXACT = ("fetch_", "train_")  # stages whose deps are exact
# Files, below src/rediffuse, that a folder covers although the stage does not use them.
COVERED: dict[str, dict[str, str]] = {
    "fetch_digits": {"pipeline/compute.py": "40 seconds, and the same digits, so no training follows"},
    "fetch_faces": {
        "pipeline/compute.py": "one second, and the same faces, so no training follows",
        "plotting/cases.py": "one second, and the same faces, so no training follows",
    },
    "fetch_pictures": {
        "data/sources/shared/photographs.py": "15 seconds, and the same pictures, so no training follows"
    },
    "train_digit_judge": {"models/digit_classifier/selector_params.py": "a docstring and the name of the stage"},
    "train_digit_selector": {"models/digit_classifier/judge_params.py": "a docstring and the name of the stage"},
    "train_picture_judge": {"data/pictures/captions.py": "a change gives other pictures or another CLIP in any case"},
    "train_controlnet": {
        "models/text2image/autoencoder_training.py": "a change trains the text-to-image model anew, which it reads",
        "models/text2image/training.py": "a change trains the text-to-image model anew, which it reads",
        "models/text2image/unet.py": "a change trains the text-to-image model anew, which it reads",
    },
}
# Imported by all stages, and no dep of any: the import path and garbage collection do not change an out.
UNDECLARED = {"stages/__init__.py"}


def wanted_deps(stage: str) -> list[str]:
    """The source deps of a stage in dvc.yaml, sorted."""
    needed = needed_files(stage) - UNDECLARED
    if stage.startswith(EXACT):
        return folded(needed, {f"src/rediffuse/{file}" for file in COVERED.get(stage, {})})
    return sorted({room_of(file, stage) for file in needed})


def room_of(file: str, stage: str) -> str:
    """The folder that stands for ``file`` in the deps of a study or of the page.

    It is a folder of the package, or one level below it for data and the studies; a file that lies
    in no such folder stands for itself.
    """
    parts = Path(file).parts
    if parts[0] != "src":
        return file
    return "/".join(parts[: 4 if parts[2] == "data" or (parts[2] == "studies" and stage != "report") else 3])


def needed_files(stage: str) -> set[str]:
    """Every file of the project that a stage's script imports, directly or not, or that an imported module opens.

    Paths are relative to the root.
    """
    code = imported_files(ROOT / "stages" / f"{stage}.py")
    return code | {file for module in code for file in opened_files(module)}


def opened_files(module: str) -> list[str]:
    """What a module of the package opens beside it, relative to the root."""
    package = ROOT / "src" / "rediffuse"
    patterns = OPENED.get(module.removeprefix("src/rediffuse/"), [])
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in package.glob(pattern))


def folded(files: Iterable[str], covered: Set[str] = frozenset()) -> list[str]:
    """The same files with a folder of the package in place of all that it holds but ``covered``, sorted."""
    left, found = set(files), set()
    folders = {str(folder) for file in left for folder in Path(file).parents if folder.is_relative_to("src/rediffuse/")}
    for folder in sorted(folders - {"src/rediffuse"}, key=lambda name: name.count("/")):
        inside = files_in(folder)
        if len(inside & left) > 1 and inside <= left | covered:
            left -= inside
            found.add(folder)
    return sorted(found | left)


def files_in(folder: str) -> set[str]:
    """All files that hold something below a folder, relative to the root."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in paths if path.read_text(encoding="utf-8").strip()}


def imported_files(script: Path) -> set[str]:
    """``script`` and every file of the project that it imports, directly or not, relative to the root.

    Imports inside functions and under TYPE_CHECKING count: whoever edits such a file may change
    the result. Empty files, such as most ``__init__.py``, cannot.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += _imports_of(path)
    return {str(path.relative_to(ROOT)) for path in found if path.read_text(encoding="utf-8").strip()}


def _imports_of(path: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: a relative import"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    files = [file for name in names for file in _files_of(name)]
    return files + ([path.parent / "__init__.py"] if (path.parent / "__init__.py").exists() else [])


def _files_of(name: str) -> list[Path]:
    top, *rest = name.split(".")
    if top not in PACKAGES:
        return []
    folder = PACKAGES[top]
    files = [folder / "__init__.py"]
    for part in rest:
        if (folder / f"{part}.py").exists():
            files.append(folder / f"{part}.py")
        if (folder / part / "__init__.py").exists():
            files.append(folder / part / "__init__.py")
        folder = folder / part
    return [file for file in files if file.exists()]


def with_deps(pipeline: str, stage: str, wanted: list[str]) -> str:
    """The text of dvc.yaml with other source deps of a stage; those on data and models stay first.

    Raises:
        SystemExit: the stage has no list of deps in brackets.
    """
    block = re.search(rf"(?ms)^  {stage}:\n(?:(?!^  \w).*?)^    deps: \[([^\]]*)\]\n", pipeline)
    if block is None:
        raise SystemExit(f"dvc.yaml: found no deps of {stage}, expected a list in brackets")
    others = [dep for dep in re.split(r",\s*", block[1].strip()) if dep and not dep.startswith(("src/", "stages/"))]
    text = f"    deps: [{', '.join([*others, *wanted])}]"
    lines = textwrap.wrap(text, 120, subsequent_indent=" " * 6, break_on_hyphens=False, drop_whitespace=True)
    start = block.start(1) - len("    deps: [")
    return pipeline[:start] + "\n".join(["    " + lines[0].strip(), *lines[1:]]) + "\n" + pipeline[block.end() :]


def main() -> None:
    """Write the source deps of all stages to dvc.yaml."""
    path = ROOT / "dvc.yaml"
    before = after = path.read_text(encoding="utf-8")
    for script in sorted((ROOT / "stages").glob("[a-z]*.py")):
        after = with_deps(after, script.stem, wanted_deps(script.stem))
    path.write_text(after, encoding="utf-8")
    print("dvc.yaml: " + ("written" if after != before else "nothing to change"))


if __name__ == "__main__":
    main()
