"""The whole pipeline, with the smoke profile, from copies of the tree: the same bytes each time, killed or not."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from safetensors.torch import load_file

from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[2]
KILLS = 10
TRAINING = "stages.train_digit_ddpm"
OUTS_OF_TRAINING = ("models/digit_ddpm", "plots/train_digit_ddpm")

pytestmark = pytest.mark.pipeline


@dataclass
class Project:
    """A copy of the tree with a Git repository and a DVC cache of its own."""

    root: Path

    def environment(self, **more: str) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        site = str(self.root.with_name(f"{self.root.name}-site-cache"))
        # Gloo asks for this host's address, which a sandbox may not resolve.
        loopback = "lo0" if sys.platform == "darwin" else "lo"
        own = {"PATH": path, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": site, "GLOO_SOCKET_IFNAME": loopback}
        return {**os.environ, **own, **more}

    def run(self, *command: str, expected: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            command, cwd=self.root, env=self.environment(**more), capture_output=True, text=True, check=False
        )
        if expected is not None:
            assert ended.returncode == expected, f"{command}\n{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"
        return ended

    def repro(self) -> set[str]:
        """`dvc repro`; the stages that ran."""
        return set(re.findall(r"Running stage '(\w+)'", self.run("dvc", "repro").stdout))

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "state")

    def replace_param(self, section: str, key: str, value: str) -> None:
        path = self.root / "params.yaml"
        pattern = rf"(?m)(^{section}:.*\n(?:[ ].*\n)*?  {key}: )\S+"
        text, count = re.subn(pattern, rf"\g<1>{value}", path.read_text(encoding="utf-8"), count=1)
        assert count == 1
        path.write_text(text, encoding="utf-8")

    def digests(self, *places: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for place in places:
            path = self.root / place
            assert path.exists(), place
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    found[str(file.relative_to(self.root))] = hashlib.sha256(file.read_bytes()).hexdigest()
        return found

    def outs(self) -> list[str]:
        stages = read_yaml(self.root / "dvc.yaml")["stages"].values()
        entries = [entry for stage in stages for entry in [*stage.get("outs", []), *stage.get("metrics", [])]]
        return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]

    def checkpoints(self) -> list[Path]:
        return list((self.root / ".rediffuse" / "checkpoints").glob("train_digit_ddpm-*"))

    def copy(self, folder: Path) -> Project:
        return Project(Path(shutil.copytree(self.root, folder / "copy", symlinks=True)))


def clean_clone(folder: Path) -> Project:
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists() and name != "dvc.lock":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    project = Project(folder)
    project.run("git", "init", "-q")
    project.run(sys.executable, "-m", "rediffuse.pipeline.profile", "smoke", PYTHONPATH="src")
    project.commit()
    return project


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = clean_clone(tmp_path_factory.mktemp("first"))
    assert project.repro() == set(read_yaml(ROOT / "dvc.yaml")["stages"])
    return project


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
