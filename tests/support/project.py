"""A project in a folder of its own: a copy of the tree with Git, DVC and the smoke profile."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rediffuse.pipeline.params import read_yaml

ROOT = Path(__file__).parents[2]


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
    project.run(sys.executable, "-m", "tools.apply_profile", "smoke", PYTHONPATH="src")
    project.commit()
    return project
