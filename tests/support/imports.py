"""Which of the project's own files a stage script imports, found by walking its imports."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {"rediffuse": ROOT / "src" / "rediffuse", "stages": ROOT / "stages"}


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
