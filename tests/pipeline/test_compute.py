"""How a run computes: freed memory is kept for the next step."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = 50

SCRIPT = """
import resource, sys, torch
from rediffuse.pipeline.compute import prepare

def step():
    torch.ones(2**24)  # 64 MiB, freed at once

if sys.argv[1] == "kept":
    prepare("cpu")
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(int(sys.argv[2])):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(setting: str) -> int:
    command = [sys.executable, "-c", SCRIPT, setting, str(STEPS)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MALLOC_", "GLIBC_"))}
    environment["PYTHONPATH"] = str(ROOT / "src")
    return int(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_freed_memory_is_not_mapped_anew() -> None:
    assert page_faults("kept") <= page_faults("default") / (STEPS / 2)  # the first few steps, not all
