"""The commands and programs that README, CONTRIBUTING and docs show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
# Commands that test_docs_commands.py does not run, and why; test_docs.py checks that their targets and modules exist.
NOT_RUN = {
    "make test": "runs this test",
    "make test-fast": "runs the other tests",
    "make test-docs": "runs this test",
    "make lint": "checks the tree, not the copy of the smoke run",
    "make format": "checks the tree, not the copy of the smoke run",
    "make env": "builds an environment of gigabytes; tests/tools/test_environment.py",
    "PIP_EXTRA_INDEX_URL": "needs the package index",
    "pip install": "needs the package index",
    "dvc repro   # needs the internet": "needs the model hub",
    "git init": "the copy is a repository",
    "python -m tests.support.random_clip": "writes gigabytes; tests/studies/test_rehearsal.py",
    "python -m tests.support.random_stable_diffusion": "writes gigabytes; tests/studies/test_rehearsal.py",
    "python -m tests.support.rehearse": "takes minutes; tests/studies/test_rehearsal.py",
    "dvc repro   # needs a GPU": "takes hours on a CPU; tests/models/text2image/test_gpu_profile.py",
    "tools/start_workers.sh": "starts workers that outlive the test; tests/tools/test_launchers.py",
    'PATH="$PWD/tools/slurm': "needs Slurm; tests/tools/test_launchers.py",
    "sky launch": "needs a cloud and SkyPilot",
    "python -m benchmarks.independent_judge": "takes minutes; tests/benchmarks/test_independent_judge.py",
    "python -m benchmarks.naming sheet": "needs more pictures than the smoke run has; tests/benchmarks/test_naming.py",
    "python -m benchmarks.naming score": "needs readers; tests/benchmarks/test_naming.py",
    "python -m benchmarks.profile_results": "needs a run of an hour; tests/report/test_profile_table.py",
}


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
