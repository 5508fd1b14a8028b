"""``python -m benchmarks.pipeline_speedup BEFORE AFTER``: compare the speed of two versions of the pipeline.

Both folders are clones, each with its environment. The stages of both run in turns, so a machine whose speed drifts
slows both. A stage that has run is not run again, so a stopped measurement can go on. The seconds of both versions go
to ``benchmarks/results.json``; ``pipeline_speedup`` is the sum of those before, divided by the sum of those after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

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
        InputError: the stage failed, or left no time.
    """
    timing = folder / stage.TIMINGS / f"{name}.json"
    if timing.is_file():
        return
    path = os.pathsep.join([str(folder.resolve() / ".venv/bin"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "", "DVC_NO_ANALYTICS": "1"}
    status = subprocess.run(["dvc", "repro", "--single-item", name], cwd=folder, env=environment, check=False)
    if status.returncode or not timing.is_file():
        raise InputError(f"{folder}: the stage {name} ended with {status.returncode}, and {timing} is expected")


def record(before: Path, after: Path) -> float:
    """Record the seconds of two finished runs; returns the speedup."""
    runs = {}
    for label, folder in (("before", before), ("after", after)):
        seconds = read_timings(folder, read_yaml(folder / PIPELINE)["stages"])
        runs[label] = {"commit": commit_of(folder), "seconds": seconds, "sum": round(sum(seconds.values()), 1)}
    speedup = round(runs["before"]["sum"] / runs["after"]["sum"], 3)
    found = {"pipeline_speedup": speedup, "pipeline_runs": runs, "pipeline_machine": machine()}
    write_results(merged(read_results(), {name_of(fast_dtype(torch.device("cpu"))): found}))
    return speedup


def commit_of(folder: Path) -> str:
    """The commit that a clone has checked out, abbreviated."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


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
        speedup = record(*folders)
    except InputError as error:
        stage.fail("pipeline_speedup", str(error))
    show([read_timings(folder, dict.fromkeys(names)) for folder, names in zip(folders, stages, strict=True)])
    print(f"{args.after} is {speedup:.2f} times as fast")


def show(runs: Sequence[Mapping[str, float]]) -> None:
    """Print the seconds of each stage side by side, and their sums."""
    for name in dict.fromkeys(name for run in runs for name in run):
        print(f"{name:24}" + "".join(f"{run[name]:10.1f} s" if name in run else " " * 12 for run in runs))
    print(f"{'sum':24}" + "".join(f"{sum(run.values()):10.1f} s" for run in runs))


if __name__ == "__main__":
    main()
