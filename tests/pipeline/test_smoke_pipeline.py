"""The whole pipeline, with the smoke profile, from copies of the tree: the same bytes each time, killed or not."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from rediffuse.pipeline.params import read_yaml
from tests.support.project import Project, clean_clone

KILLS = 10
TRAINING = "stages.train_digit_ddpm"
OUTS_OF_TRAINING = ("models/digit_ddpm", "plots/train_digit_ddpm")

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = clean_clone(tmp_path_factory.mktemp("second-in-a-longer-folder"))
    project.repro()
    return project


def test_two_clean_runs_give_the_same_lock(first: Project, second: Project) -> None:
    assert first.digests(*first.outs()) == second.digests(*second.outs())
    assert (first.root / "dvc.lock").read_bytes() == (second.root / "dvc.lock").read_bytes()


def test_every_out_is_there_and_none_holds_a_path(first: Project) -> None:
    lock = read_yaml(first.root / "dvc.lock")["stages"]
    assert {out["path"] for stage in lock.values() for out in stage["outs"]} == set(first.outs())
    for name in first.digests(*first.outs()):
        content = (first.root / name).read_bytes()
        assert content, name
        assert str(first.root).encode() not in content, f"{name} holds the folder that it was made in"


def test_git_sees_the_lock_and_the_metrics_only(first: Project) -> None:
    changed = first.run("git", "status", "--porcelain", "-uall").stdout.splitlines()
    assert {line[3:] for line in changed} <= {"dvc.lock", *(out for out in first.outs() if out.startswith("metrics/"))}
    assert not list(first.root.rglob(".*.part"))


def test_a_second_repro_runs_nothing(first: Project) -> None:
    again = first.run("dvc", "repro").stdout
    assert "Running stage" not in again and "up to date" in again
    assert json.loads(first.run("dvc", "status", "--json").stdout) == {}


def test_another_guidance_scale_trains_nothing(second: Project, tmp_path: Path) -> None:
    project = second.copy(tmp_path)
    project.commit()
    project.replace_param("evaluate_digits", "guidance_scale", "2.0")
    assert project.repro() == {"evaluate_digits", "report"}
    changed = json.loads(project.run("dvc", "metrics", "diff", "--json").stdout)
    assert set(changed) == {"metrics/evaluate_digits.json"}
    assert changed["metrics/evaluate_digits.json"]["guidance_scale"]["new"] == 2.0


def test_a_wrong_value_under_repro(second: Project, tmp_path: Path) -> None:
    project = second.copy(tmp_path)
    before = project.digests(*project.outs())
    right = (project.root / "params.yaml").read_bytes()
    project.replace_param("train_digit_ddpm", "batch_size", "0")
    ended = project.run("dvc", "repro", expected=None)
    assert ended.returncode != 0 and "Traceback" not in ended.stderr + ended.stdout
    lines = [line for line in ended.stderr.splitlines() if "batch_size" in line]
    assert len(lines) == 1 and lines[0].startswith("train_digit_ddpm: train_digit_ddpm.batch_size: found 0"), lines
    (project.root / "params.yaml").write_bytes(right)
    project.run("dvc", "checkout")
    assert project.digests(*project.outs()) == before
    assert json.loads(project.run("dvc", "status", "--json").stdout) == {}


def test_a_training_killed_ten_times_ends_in_the_same_bytes(first: Project, tmp_path: Path) -> None:
    project = first.copy(tmp_path)
    wanted = project.digests(*OUTS_OF_TRAINING)
    dice = random.Random(0)
    lives = [kill(project, dice) for _ in range(KILLS)]
    assert lives.count("after a checkpoint") >= 3, f"the kills show nothing: {lives}"
    for place in OUTS_OF_TRAINING:
        shutil.rmtree(project.root / place, ignore_errors=True)
    resumed = bool(project.checkpoints())
    project.run(sys.executable, "-m", TRAINING)
    assert project.digests(*OUTS_OF_TRAINING) == wanted, (lives, resumed)
    assert project.checkpoints() == []


def kill(project: Project, dice: random.Random) -> str:
    """Start the training, where it was or anew, and kill it at a random moment; what it had done by then.

    A training that ends before the blow must have ended right, and is begun anew.
    """
    wanted = project.digests(*OUTS_OF_TRAINING) if all((project.root / o).exists() for o in OUTS_OF_TRAINING) else None

    def written() -> dict[Path, int]:
        found = {}
        for folder in project.checkpoints():
            for path in folder.iterdir():
                try:
                    found[path] = path.stat().st_mtime_ns
                except FileNotFoundError:  # renamed meanwhile
                    continue
        return found

    for _ in range(5):
        before, early = written(), dice.random() < 0.3
        process = subprocess.Popen(
            [sys.executable, "-m", TRAINING],
            cwd=project.root,
            env=project.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if early:
            time.sleep(dice.uniform(0, 6))
        else:
            while process.poll() is None and written() == before:
                time.sleep(0.002)
            time.sleep(dice.uniform(0, 0.3))
        process.kill()
        if process.wait() != 0:
            return "after a checkpoint" if written() != before else "before a checkpoint"
        assert wanted is None or project.digests(*OUTS_OF_TRAINING) == wanted
        assert project.checkpoints() == []
    raise AssertionError("five trainings ended before they could be killed")


def test_two_processes_train_as_one(first: Project, tmp_path: Path) -> None:
    """The run of two ends; after one step its weights are those of one, but for rounding."""
    pair = first.copy(tmp_path)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", TRAINING]
    alone = [sys.executable, "-m", TRAINING]
    for place in OUTS_OF_TRAINING:
        shutil.rmtree(pair.root / place)
    pair.run(*launcher, ACCELERATE_USE_CPU="true", OMP_NUM_THREADS="1")
    curve = (pair.root / "plots/train_digit_ddpm/plots/metrics/loss.tsv").read_text().splitlines()
    assert len(curve) == 1 + 40 // 5
    assert pair.checkpoints() == []

    pair.replace_param("train_digit_ddpm", "steps", "1")
    pair.replace_param("train_digit_ddpm", "warmup", "0")
    weights = []
    for command in (launcher, alone):
        pair.run(*command, ACCELERATE_USE_CPU="true", OMP_NUM_THREADS="1")
        file = next((pair.root / "models/digit_ddpm/unet").glob("*.safetensors"))
        weights.append(load_file(file)["conv_out.weight"])  # zero before the first step, the only layer it moves far
    two, one = weights
    assert float(one.norm()) > 0
    # AdamW's first step is the sign of the gradient, which rounding turns where it is nearly zero.
    assert float((two - one).norm() / one.norm()) < 0.3
