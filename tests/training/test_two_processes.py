"""Under torchrun with two processes every training gives the gradient of one process or refuses in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests/support/one_step.py"
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process and two processes write, by their number; ``folder`` is where the two ran."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"  # Gloo asks for this host's address
    own = {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": loopback,
    }
    results: dict[str, Any] = {}
    for name, launcher in (("one", []), ("two", TORCHRUN)):
        folder = tmp_path_factory.mktemp(name)
        command = [sys.executable, *launcher, str(SCRIPT), "found.pt"]
        ended = subprocess.run(
            command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        results[name] = torch.load(folder / "found.pt", weights_only=True)
        results["folder"] = folder
    return results


@pytest.mark.parametrize("training", ["digit_ddpm", "face_ddpm", "autoencoder", "unet", "controlnet"])
def test_two_processes_have_the_gradient_of_one(training: str, found: dict[str, Any]) -> None:
    one, two = found["one"]["gradients"][training], found["two"]["gradients"][training]
    assert len(one) == len(two) > 10
    largest = max(float(gradient.abs().max()) for gradient in one)
    assert largest > 1e-4
    for a, b in zip(one, two, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-3, atol=1e-5 * largest)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("train_digit_judge", "found 2 processes, allowed 1, since batch normalization takes its statistics from"),
        ("train_picture_judge", "found 2 processes, allowed 1, since batch normalization takes its statistics from"),
        ("train_clip", "found 2 processes, allowed 1, since each picture is compared with all texts of the batch"),
        ("personalize", "found 2 processes, allowed 1, since the stage also generates and measures pictures"),
        ("train_face_ddpm", "train_face_ddpm.batch_size: found 3; allowed here are multiples of the 2 processes"),
    ],
)
def test_a_training_that_cannot_share_its_batch_refuses_in_one_line(
    stage: str, message: str, found: dict[str, Any]
) -> None:
    line = found["two"]["messages"][stage]
    assert line.startswith(message) and "\n" not in line


def test_the_main_process_alone_saves(found: dict[str, Any]) -> None:
    assert [path.name for path in (found["folder"] / "model").iterdir()] == ["by_0"]
    assert (found["folder"] / "plots/train_face_ddpm/plots/metrics/loss.tsv").is_file()
    assert not list((found["folder"] / ".rediffuse/curves").glob("train_face_ddpm"))
