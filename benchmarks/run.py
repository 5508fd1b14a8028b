"""``make bench``: images a second of four networks on equal terms, and an optimizer's step.

Every network trains (forward, backward, optimizer step) and samples (forward) on the same images. Ours runs as the
pipeline runs it; each other network runs in the fastest setting of its grid (``benchmarks/peers.py``). All networks of
one comparison compute in the same precision: bf16 where the processor computes in it, and float32.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import torch

from benchmarks.compare import MEASURES, compare, make_batch, name_of
from benchmarks.muon import muon_ms
from benchmarks.peers import make_peers
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import fast_dtype, prepare
from rediffuse.pipeline.errors import InputError

RESULTS = Path("benchmarks/results.json")
BATCH, ROUNDS, GRID_ROUNDS = 64, 5, 2  # the digit DDPM trains on batches of 64


def machine() -> dict[str, Any]:
    """What the numbers were taken on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "bf16": fast_dtype(torch.device("cpu")) == torch.bfloat16,
        "torch": torch.__version__,
    }


def read_results() -> dict[str, Any]:
    """What is recorded, by precision."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    return found


def write_results(results: dict[str, Any]) -> None:
    """Record the results, sorted by precision."""
    stage.write_json(RESULTS, dict(sorted(results.items())))


def merged(recorded: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    """What is recorded, with the measured keys of each precision in the place of its own."""
    return recorded | {kind: recorded.get(kind, {}) | found for kind, found in measured.items()}


def report(kind: str, found: dict[str, Any]) -> None:
    """Print each network's images a second, its setting and its multiply-adds."""
    for measure in MEASURES:
        for name, network in found["comparison"]["networks"].items():
            measured = network[measure]
            speed, times = measured["images_per_s"], measured["ours_is_times"]
            print(
                f"{kind:8} {measure:6} {name:17} {speed['median']:8.1f} ({speed['low']:.1f} to {speed['high']:.1f}) "
                f"images/s, {network['multiply_adds_per_image'] / 1e6:7.1f} M multiply-adds an image, "
                f"ours is {times['median']:6.2f} times that, {measured['setting']}"
            )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The comparison in each precision that the processor computes in, and Muon's step in the faster one."""
    params = stage.read_section("train_digit_ddpm", Params)
    fast = fast_dtype(prepare("cpu"))
    peers, batch = make_peers(params), make_batch(params, args.batch_size)
    results: dict[str, Any] = {}
    for precision in dict.fromkeys((fast, torch.float32)):
        found = compare(peers, params, precision, batch, args.rounds, args.grid_rounds)
        found["comparison"]["machine"] = machine()
        report(name_of(precision), found)
        results[name_of(precision)] = found
    results[name_of(fast)] |= {"muon_ms": muon_ms(params, args.rounds), "machine": machine()}
    return results


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write ``benchmarks/results.json``, which keeps what was not measured now."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    for name, default, told in (
        ("--rounds", ROUNDS, "counted rounds of the comparison"),
        ("--grid-rounds", GRID_ROUNDS, "counted rounds in which a network's settings are compared"),
        ("--batch-size", BATCH, "images a step, of every network"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{told}, default {default}")
    args = parser.parse_args(arguments)
    try:
        for name in ("rounds", "grid_rounds", "batch_size"):
            if getattr(args, name) < 1:
                raise InputError(f"--{name.replace('_', '-')}: found {getattr(args, name)}, expected 1 or more")
        results = run(args)
    except InputError as error:
        stage.fail("bench", str(error))
    write_results(merged(read_results(), results))


if __name__ == "__main__":
    main()
