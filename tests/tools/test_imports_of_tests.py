"""What several tests use is in tests/support/ or beside them, not in a test file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPORT = re.compile(r"(?m)^\s*(?:from|import) tests\.(?:\w+\.)*(?:test_\w+|\w+ import (?:\w+, )*test_\w+)")
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("file", FILES)
def test_no_file_imports_a_test_file(file: str) -> None:
    assert IMPORT.findall((ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line", ["from tests.a.test_b import c", "import tests.a.test_b", "    from tests.a import b, test_c"]
)
def test_such_an_import_is_found(line: str) -> None:
    assert IMPORT.search(f"import os\n{line}\n")
