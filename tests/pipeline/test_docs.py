"""What README, CONTRIBUTING and docs name exists: languages of blocks, links, make targets, modules, keys."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from rediffuse.pipeline.params import read_yaml
from tests.support.docs import FILES, NOT_RUN, ROOT, Block, blocks, inline_code
from tools.check_params import check

COMMANDS = [(block.where, command) for block in blocks("sh") for command in block.commands]
SHOWN = [*COMMANDS, *inline_code()]
OVERRIDES = [row for row in COMMANDS if " -S " in row[1]]


def test_every_block_has_a_language_that_is_tested() -> None:
    """Only ``sh`` and ``python`` blocks are run; the others show files and graphs."""
    assert {block.language for block in blocks()} <= {"sh", "python", "mermaid", "yaml", "html", "text"}
    assert len(COMMANDS) > 30 and len(blocks("python")) > 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_links_resolve(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", path.read_text(encoding="utf-8")):
        file, anchor = target
        if "://" in file:
            continue
        linked = path.parent / file if file else path
        assert linked.exists(), target
        if anchor:
            heads = re.findall(r"(?m)^#+ (.*)$", linked.read_text(encoding="utf-8"))
            assert anchor[1:] in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}, target


def test_make_targets_and_profiles_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    named = [
        (where, re.findall(r"\bmake(?: (?!PROFILE|TORCH|PYTHON|UPGRADE)([a-z-]+))", text)) for where, text in SHOWN
    ]
    assert sum(len(found) for _, found in named) > 10
    for where, found in named:
        assert set(found) <= targets, (where, found)
    for where, text in SHOWN:
        for name in re.findall(r"PROFILE=(\w+)", text):
            assert (ROOT / "profiles" / f"{name}.yaml").is_file(), (where, name)


def test_modules_exist() -> None:
    named = [(where, name) for where, text in SHOWN for name in re.findall(r"python -m ([\w.]+)", text)]
    assert len(named) > 5
    for where, name in named:
        path = Path(*name.split("."))
        files = [ROOT / root / path for root in ("", "src")]
        there = any(file.with_suffix(".py").is_file() or (file / "__main__.py").is_file() for file in files)
        assert there or name == "stages.NAME", (where, name)


@pytest.mark.parametrize(("where", "command"), OVERRIDES, ids=[where for where, _ in OVERRIDES])
def test_every_override_is_one_that_dvc_and_the_schema_take(where: str, command: str, tmp_path: Path) -> None:
    """The values of -S, as the shell gives them to DVC."""
    params = tmp_path / "params.yaml"
    params.write_bytes((ROOT / "params.yaml").read_bytes())
    listing = f'dvc() {{ printf "%s\\n" "$@"; }}; {command}'
    listed = subprocess.run(["bash", "-c", listing], capture_output=True, text=True, check=True).stdout.splitlines()
    overrides = [value for flag, value in pairwise(listed) if flag == "-S"]
    assert overrides
    before = read_yaml(params)
    apply_overrides(params, overrides)
    check(read_yaml(params), "params.yaml")
    assert read_yaml(params) != before, f"{where}: the command changes nothing"


@pytest.mark.parametrize(("command", "reason"), NOT_RUN.items())
def test_a_command_that_is_not_run_is_shown_and_its_reason_holds(command: str, reason: str) -> None:
    assert any(shown.startswith(command) for _, shown in COMMANDS), "nothing shows it any more"
    for test in re.findall(r"tests/\S+\.py", reason):
        assert (ROOT / test).is_file(), test
    if reason == "needs the package index":
        assert "pip" in command.lower()
    elif reason == "needs the model hub":
        profile = (ROOT / "profiles" / "hub.yaml").read_text(encoding="utf-8")
        assert re.search(r"revision: [0-9a-f]{40}", profile), "the profile names no model there"


def test_a_block_joins_continued_lines() -> None:
    assert Block("a:1", "sh", "# no\ndvc exp run \\\n  -S a=1\n\nls # list\n").commands == [
        "dvc exp run    -S a=1",
        "ls # list",
    ]
