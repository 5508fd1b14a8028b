"""Every command and program that README, CONTRIBUTING and docs show, run in a copy of the smoke run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.support.docs import NOT_RUN, Block, blocks
from tests.support.project import Project

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.skipif("REDIFFUSE_DOCS" not in os.environ, reason="takes many minutes; run: make test-docs"),
]

DIGITS = 200  # of each set of the user's
# What a block must have made, by a text in it.
MADE = {
    "cp my-drawing.png": "data/sketches/my-drawing.png",
    "initial_words.teapot": "models/personalized/own/teapot/learned_embeds.safetensors",
    "benchmarks.naming word": "tmp/word",
    "fetch_digits.folder": "data/digits/mnistm_train.npz",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's own files that the docs name."""
    folder = tmp_path_factory.mktemp("own")
    dice = np.random.default_rng(0)

    def picture(path: Path, side: int = 28) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(dice.integers(0, 256, (side, side, 3), np.uint8)).save(path)

    for name in ("mnistm", "svhn"):
        for number in range(DIGITS):
            picture(folder / f"digits/{name}/data/{number}.png")
        rows = "".join(f"{number}.png,{number % 10}\n" for number in range(DIGITS))
        for part in ("train.csv", "val.csv"):
            (folder / f"digits/{name}/{part}").write_text(f"image_name,label\n{rows}")
    for number in range(4):
        picture(folder / f"faces/{number}.png")
        for label in ("cat", "dog"):
            picture(folder / f"labelled/{label}_{number}.png", 64)
    (folder / "labelled/id2label.json").write_text('{"0": "cat", "1": "dog"}')
    (folder / "noises").mkdir()
    for number in range(2):
        torch.save(torch.randn(1, 8, 8), folder / f"noises/{number:02d}.pt")
    return folder


@pytest.fixture(scope="module")
def project(first: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the smoke run, committed, with the environment where make expects it."""
    project = first.copy(tmp_path_factory.mktemp("docs"))
    project.commit()
    if not (project.root / ".venv").exists():
        (project.root / ".venv").symlink_to(Path(sys.prefix))
    return project


@pytest.fixture
def clean(project: Project, made: Path) -> Project:
    """The same for each block: the smoke run as it was, and the user's files where the docs copy them from."""
    project.run("git", "reset", "-q", "--hard")
    project.run("git", "clean", "-fdq")
    project.run("dvc", "checkout", "-q", "--force")
    drawing = Image.new("L", (64, 64), "white")
    ImageDraw.Draw(drawing).rectangle((10, 20, 50, 50), outline="black", width=2)
    drawing.save(project.root / "my-drawing.png")
    for number in (1, 2, 3):
        Image.open(made / "faces" / f"{number}.png").save(project.root / f"{number}.jpg")
    shutil.rmtree(project.root / "tmp", ignore_errors=True)
    return project


def commands_run(block: Block) -> list[str]:
    """The commands of a block that are run here; none where only the shell's own settings are left."""
    lines = [line for line in block.commands if not line.startswith(tuple(NOT_RUN))]
    return lines if any(not line.startswith(("export ", "source ")) for line in lines) else []


def run_block(project: Project, made: Path, block: Block) -> subprocess.CompletedProcess[str]:
    """Run the commands of a block in one shell, in which make leaves the environment as it is."""
    lines = commands_run(block)
    script = "\n".join(lines).replace("/tmp/", f"{project.root}/tmp/")
    script = script.replace("/path/to/clip", "models/clip").replace("/path/to", str(made))
    shell = f'set -e\nmake() {{ command make -o env "$@"; }}\nmkdir -p tmp\n{script}\n'
    return project.run("bash", "-c", shell, expected=None, GIT_PAGER="cat", DVC_PAGER="cat")


SHELL, PYTHON = blocks("sh"), blocks("python")


@pytest.mark.parametrize("block", SHELL, ids=[block.where for block in SHELL])
def test_commands(block: Block, clean: Project, made: Path) -> None:
    if not commands_run(block):
        pytest.skip("; ".join(reason for command, reason in NOT_RUN.items() if command in block.text))
    ended = run_block(clean, made, block)
    said = ended.stdout[-2000:] + ended.stderr[-3000:]
    assert ended.returncode == 0 and "Traceback" not in said, f"{block.where}\n{said}"
    for text, path in MADE.items():
        assert text not in block.text or (clean.root / path).exists(), path


@pytest.mark.parametrize("block", PYTHON, ids=[block.where for block in PYTHON])
def test_programs(block: Block, clean: Project) -> None:
    clean.run(sys.executable, "-c", block.text)


def test_a_sketch_that_git_does_not_track_is_named_in_an_experiment_s_copy(clean: Project) -> None:
    shutil.copy(clean.root / "my-drawing.png", clean.root / "data/sketches")
    ended = clean.run("dvc", "exp", "run", "--temp", "-S", "sketch_to_image.own.pictures=2", expected=None)
    lines = [line for line in ended.stderr.splitlines() if "my-drawing.png" in line]
    assert ended.returncode != 0 and "Traceback" not in ended.stderr
    assert len(lines) == 1 and "copy only what Git and DVC track" in lines[0], ended.stderr


def test_one_override_changes_one_line_of_params(clean: Project) -> None:
    clean.run("dvc", "exp", "run", "-S", "evaluate_digits.guidance_scale=2")
    changed = clean.run("git", "diff", "--numstat", "params.yaml").stdout.split()
    assert changed == ["1", "1", "params.yaml"]
