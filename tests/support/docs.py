"""The commands and programs that README, CONTRIBUTING and docs show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a file.

    Attributes:
        where: file and line of its first line.
        language: what stands behind the opening fence.
    """

    where: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines of a shell block, those that end in a backslash joined with the next."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]


def blocks(language: str | None = None) -> list[Block]:
    """Every fenced block, or those of one language."""
    found = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            where = f"{path.relative_to(ROOT)}:{text[: match.start(2)].count(chr(10)) + 1}"
            found.append(Block(where, match[1], match[2]))
    return [block for block in found if language in (None, block.language)]


def inline_code() -> list[tuple[str, str]]:
    """File and text of all code between single backticks outside of blocks."""
    found = []
    for path in FILES:
        text = FENCE.sub("", path.read_text(encoding="utf-8"))
        found += [(str(path.relative_to(ROOT)), code) for code in re.findall(r"`([^`\n]+)`", text)]
    return found
