"""What the blind tests' tests share: tests that are answered, and their results."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.naming.keys import Key, key_text

ROOT = Path(__file__).parents[2]


def a_test(folder: Path, key: Key, **answers: str) -> list[str]:
    """The command that scores these answers, a reader's lines parted by semicolons."""
    folder.mkdir(exist_ok=True)
    (folder / "key.json").write_text(key_text(key))
    for reader, text in answers.items():
        (folder / f"{reader}.txt").write_text(text.replace(";", "\n"))
    files = [str(folder / f"{reader}.txt") for reader in answers]
    return ["score", str(folder), *files, "--kept", str(folder.parent / "kept")]


def results(folder: Path) -> dict:
    return json.loads((folder / "kept.json").read_text())
