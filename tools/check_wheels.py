"""Write a table to docs/platforms.md: for each platform and Python, whether every pin of the lock has a wheel.

uv resolves the lock for a platform that need not be this one. It reads metadata only, accepts wheels only,
except for the pins in SOURCE_ONLY, and only files whose hash stands in the lock. Run it with ``make wheels``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

UV = Path(".rediffuse/uv/bin/uv")
LOCK = Path("requirements.lock")
DOCS = Path("docs/platforms.md")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux x86-64 (glibc 2.28)": "x86_64-manylinux_2_28",
    "Linux arm64 (glibc 2.28)": "aarch64-manylinux_2_28",
    "macOS 14 arm64": "aarch64-apple-darwin",
}
SOURCE_ONLY = ("antlr4-python3-runtime",)  # pure Python, published without a wheel


def ask(platform: str, python: str) -> str:
    """Resolve the lock for one platform and Python; the cell of the table."""
    command = [
        str(UV),
        "pip",
        "install",
        "--dry-run",
        "--no-progress",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    command += [option for name in SOURCE_ONLY for option in ("--no-binary", name)]
    command += ["--python-platform", platform, "--python-version", python, "--requirements", str(LOCK)]
    with tempfile.TemporaryDirectory() as target:
        ended = subprocess.run(
            [*command, "--target", target],
            env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"},
            capture_output=True,
            text=True,
            check=False,
        )
    return cell(ended.returncode, ended.stdout + ended.stderr)


def cell(returncode: int, output: str) -> str:
    """What uv's answer says, for the table: the number of files, or the first pin that has no wheel."""
    if returncode:
        missing = re.search(r"Because (\S+==\S+) has no", output)
        return f"**no wheel: {missing[1]}**" if missing else f"**{' '.join(output.split())[-200:]}**"
    names = re.findall(r"(?m)^ \+ ([\w.-]+)==", output)
    sources = sum(name in SOURCE_ONLY for name in names)
    return f"{len(names) - sources} wheels, {sources} source"


def table(cells: dict[tuple[str, str], str]) -> str:
    """The table in Markdown: a line for each platform, a column for each Python."""
    lines = [f"| platform | {' | '.join(f'Python {python}' for python in PYTHONS)} |", "|---|" + "---|" * len(PYTHONS)]
    lines += [f"| {name} | {' | '.join(cells[name, python] for python in PYTHONS)} |" for name in PLATFORMS]
    return "\n".join(lines)


def main() -> int:
    """Ask for every platform and Python, write the table; 1 where a wheel is missing."""
    cells = {(name, python): ask(tag, python) for name, tag in PLATFORMS.items() for python in PYTHONS}
    text = DOCS.read_text(encoding="utf-8")
    filled = re.sub(
        r"(?s)(<!-- wheels -->\n).*?(\n<!-- /wheels -->)", lambda match: match[1] + table(cells) + match[2], text
    )
    DOCS.write_text(filled, encoding="utf-8")
    print(table(cells))
    return int(any("**" in answer for answer in cells.values()))


if __name__ == "__main__":
    sys.exit(main())
