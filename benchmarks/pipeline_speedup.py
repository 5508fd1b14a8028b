"""``python -m benchmarks.pipeline_speedup BEFORE AFTER``: compare the speed of two versions of the pipeline.

Both folders are clones, each with its environment. The stages of both run in turns, so a machine whose speed drifts
slows both. A stage that has run is not run again, so a stopped measurement can go on. The seconds of both versions,
without the start-up of each stage, go to ``benchmarks/results.json``; ``pipeline_speedup`` is the sum of those before,
divided by the sum of those after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.compare import name_of
from benchmarks.run import machine, merged, read_results, write_results
from benchmarks.stage_seconds import PIPELINE, read_timings
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import fast_dtype
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml


def turns(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Put the stages of two versions into turns; each version keeps its own order.

    Yields:
        0 for the version before or 1 for the one after, and the stage.
    """
    waiting = list(before)
    for name in after:
        while name in waiting:
            yield 0, waiting.pop(0)
        yield 1, name
    for name in waiting:
        yield 0, name


def run_stage(folder: Path, name: str) -> None:
    """Run a stage that has not run yet, in the folder's own environment.

    Raises:
        InputError: the folder has no environment, or the stage failed or left no time.
    """
    timing = folder / stage.TIMINGS / f"{name}.json"
    if timing.is_file():
        return
    programs = folder.resolve() / ".venv/bin"
    if not (programs / "dvc").is_file():
        raise InputError(f"{programs}: found no dvc; make the environment of {folder} by make env")
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "", "DVC_NO_ANALYTICS": "1"}
    command = [str(programs / "dvc"), "repro", "--single-item", name]
    status = subprocess.run(command, cwd=folder, env=environment, check=False)
    if status.returncode or not timing.is_file():
        raise InputError(f"{folder}: the stage {name} ended with {status.returncode}, and {timing} is expected")


def record(before: Path, after: Path) -> dict[str, dict[str, float]]:
    """Record the seconds of two finished runs and their speedup; returns the seconds of each."""
    runs: dict[str, dict[str, Any]] = {}
    for label, folder in (("before", before), ("after", after)):
        seconds = read_timings(folder, read_yaml(folder / PIPELINE)["stages"])
        runs[label] = {"commit": commit_of(folder), "seconds": seconds, "sum": round(sum(seconds.values()), 1)}
    found = {
        "pipeline_speedup": round(runs["before"]["sum"] / runs["after"]["sum"], 3),
        "pipeline_runs": runs,
        "pipeline_machine": machine(),
    }
    write_results(merged(read_results(), {name_of(fast_dtype(torch.device("cpu"))): found}))
    return {label: run["seconds"] for label, run in runs.items()}


def commit_of(folder: Path) -> str:
    """The commit that a clone has checked out, abbreviated.

    Raises:
        InputError: the folder is no Git repository.
    """
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if found.returncode:
        raise InputError(f"{folder}: expected a clone, found no commit")
    return found.stdout.strip()


def main(arguments: list[str] | None = None) -> None:
    """Run what has not run, record, and print the seconds side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline_speedup", description=__doc__)
    parser.add_argument("before", type=Path, help="clone of the version before, with its environment")
    parser.add_argument("after", type=Path, help="clone of the version after, with its environment")
    args = parser.parse_args(arguments)
    folders = args.before, args.after
    try:
        stages = [list(read_yaml(folder / PIPELINE)["stages"]) for folder in folders]
        for side, name in turns(*stages):
            run_stage(folders[side], name)
        seconds = record(*folders)
    except InputError as error:
        stage.fail("pipeline_speedup", str(error))
    show(list(seconds.values()))


def show(runs: Sequence[Mapping[str, float]]) -> None:
    """Print the seconds of each stage side by side, their sums, and how many times as fast the second run is."""
    for name in dict.fromkeys(name for run in runs for name in run):
        print(f"{name:24}" + "".join(f"{run[name]:10.1f} s" if name in run else " " * 12 for run in runs))
    before, after = (sum(run.values()) for run in runs)
    print(f"{'sum':24}{before:10.1f} s{after:10.1f} s, {before / after:.2f} times as fast")


if __name__ == "__main__":
    main()
