"""``python -m benchmarks.stage_seconds``: record the seconds of a finished run's stages.

They go to ``benchmarks/results.json`` and, as the expected time, to ``dvc.yaml``; the tables of README and docs are
written anew. A stage that the run took from DVC's cache has no seconds there and keeps what was recorded.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from benchmarks.compare import name_of
from benchmarks.run import machine, merged, read_results, write_results
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import fast_dtype
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.report.readme import write_tables

PIPELINE = Path("dvc.yaml")
EXACT, STEP = 20, 5  # seconds: up to the first a time is shown exactly, beyond it in multiples of the second


def read_timings(run: Path, stages: Mapping[str, object]) -> dict[str, float]:
    """Seconds of each stage's last execution in the folder ``run``.

    Raises:
        InputError: the folder has no timings.
    """
    found = {path.stem: path for path in sorted((run / stage.TIMINGS).glob("*.json"))}
    if not set(found) & set(stages):
        raise InputError(f"{run / stage.TIMINGS}: no timings of this pipeline's stages; expected a folder with a run")
    return {name: json.loads(path.read_text())["seconds"] for name, path in found.items() if name in stages}


def time_text(seconds: float) -> str:
    """Seconds as dvc.yaml gives them: ``4s``, ``1m10s``, ``6m``."""
    whole = max(1, round(seconds) if seconds <= EXACT else STEP * round(seconds / STEP))
    minutes, rest = divmod(whole, 60)
    return (f"{minutes}m" if minutes else "") + (f"{rest}s" if rest else "")


def with_expected(text: str, seconds: Mapping[str, float]) -> str:
    """dvc.yaml's text with the expected time of each stage of ``seconds``; all else keeps its form.

    Raises:
        InputError: a stage has no expected time to replace.
    """
    for name, value in seconds.items():
        entry = re.compile(rf"(^  {name}:\n(?:    .*\n)*?    meta: \{{expected: )[^}}]*", re.MULTILINE)
        text, count = entry.subn(rf"\g<1>{time_text(value)}", text)
        if count != 1:
            raise InputError(f"{PIPELINE}: found {count} expected times of the stage {name}, allowed is 1")
    return text


def record(run: Path) -> dict[str, float]:
    """Record the seconds of a run on this machine; the kept ones are of stages that the run did not execute."""
    stages = read_yaml(PIPELINE)["stages"]
    seconds = read_timings(run, stages)
    text = with_expected(PIPELINE.read_text(encoding="utf-8"), seconds)
    kind, recorded = name_of(fast_dtype(torch.device("cpu"))), read_results()
    known = recorded.get(kind, {}).get("stage_seconds", {})
    whole = {name: value for name, value in sorted((known | seconds).items()) if name in stages}
    write_results(merged(recorded, {kind: {"stage_seconds": whole, "machine": machine()}}))
    with stage.new_file(PIPELINE) as part:
        part.write_text(text, encoding="utf-8")
    write_tables()
    return seconds


def main(arguments: list[str] | None = None) -> None:
    """Record, and print what was recorded and kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage_seconds", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path(), help="the folder of the run, default this one")
    args = parser.parse_args(arguments)
    try:
        seconds = record(args.run)
    except InputError as error:
        stage.fail("stage_seconds", str(error))
    for name in read_yaml(PIPELINE)["stages"]:
        found = f"{seconds[name]:8.1f} s, expected {time_text(seconds[name])}" if name in seconds else "not run, kept"
        print(f"{name:22} {found}")
    print(f"{'sum':22} {sum(seconds.values()):8.1f} s")


if __name__ == "__main__":
    main()
