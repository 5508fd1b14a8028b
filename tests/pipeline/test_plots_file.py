"""DVC shows the plots that plots/dvc.yaml declares: it skips folders and files that Git ignores."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_dvc_finds_the_plots_file_and_its_titles(tmp_path: Path) -> None:
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(tmp_path / "site")}
    project = tmp_path / "project"
    curve = project / "plots/train_clip/plots/metrics/loss.tsv"
    curve.parent.mkdir(parents=True)
    curve.write_text("step\tloss\n1\t0.5\n2\t0.25\n")
    for name in (".gitignore", "plots/dvc.yaml"):
        shutil.copy(ROOT / name, project / name)
    dvc = [sys.executable, "-m", "dvc"]
    for command in (["git", "init", "-q"], [*dvc, "init", "-q"]):
        subprocess.run(command, cwd=project, env=environment, check=True)
    ended = subprocess.run(
        [*dvc, "plots", "show", "--json"], cwd=project, env=environment, capture_output=True, text=True, check=True
    )
    (shown,) = json.loads(ended.stdout)["data"]["Loss of CLIP"]
    assert shown["content"]["title"]["text"] == "Loss of CLIP"
    assert [point["loss"] for point in shown["content"]["data"]["values"]] == ["0.5", "0.25"]
