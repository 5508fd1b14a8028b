"""The comparison of the networks on equal terms: each in the fastest setting of its grid, in one precision.

First every setting of a network's grid is timed in short. Then the fastest of each network take turns for the counted
rounds. The numbers that are reported are of the second timing, so the choice does not favour a network.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import torch

from benchmarks.peers import CONDITIONS, SIDE, Batch, Contender, Peer, Setting, cost, make_contender
from benchmarks.timing import alternate, calls_of_a_turn, fastest, spread
from rediffuse.models.digit_ddpm.params import Params

Measure = Literal["train", "sample"]
MEASURES: tuple[Measure, ...] = ("train", "sample")
TURN, MOST_CALLS = 0.5, 16  # seconds of a turn and calls in it, at most


def make_batch(params: Params, size: int) -> Batch:
    """The images, timesteps and conditions that all networks get."""
    random = torch.Generator().manual_seed(0)
    return (
        torch.randn(size, 3, SIDE, SIDE, generator=random),
        torch.randint(0, params.schedule.num_train_timesteps, (size,), generator=random),
        torch.eye(CONDITIONS)[torch.randint(0, 10, (size,), generator=random)],
    )


def step_of(contender: Contender, measure: Measure, batch: Batch) -> partial[None]:
    """What is timed."""
    return partial(contender.train_step if measure == "train" else contender.sample_step, batch)


def compare(
    peers: Mapping[str, Peer], params: Params, precision: torch.dtype, batch: Batch, rounds: int, grid_rounds: int
) -> dict[str, Any]:
    """Images a second of every network in its fastest setting, trained and sampled.

    A sampled image is one forward pass.

    Args:
        rounds: counted rounds of the comparison.
        grid_rounds: counted rounds in which the settings of a network are compared.
    """
    networks: dict[str, dict[str, Any]] = {name: dict(cost(peer, batch, params)) for name, peer in peers.items()}
    for measure in MEASURES:
        chosen, grids = choose_settings(peers, params, precision, batch, measure, grid_rounds)
        steps = {
            name: step_of(make_contender(peer, chosen[name], precision, params), measure, batch)
            for name, peer in peers.items()
        }
        calls = {name: calls_of_a_turn(grids[name][str(chosen[name])], TURN, MOST_CALLS) for name in peers}
        seconds = alternate(steps, rounds, calls, label=f"{name_of(precision)}, {measure}: all networks")
        for name in peers:
            networks[name][measure] = {
                "precision": name_of(precision),
                "setting": str(chosen[name]),
                **summary(seconds, name, len(batch[0])),
                "grid_images_per_s": {key: rate(found, len(batch[0])) for key, found in grids[name].items()},
            }
    return {
        **{
            f"{measure}_images_per_s": {
                name: found[measure]["images_per_s"]["median"] for name, found in networks.items()
            }
            for measure in MEASURES
        },
        "comparison": {"images_per_step": len(batch[0]), "rounds": rounds, "networks": networks},
    }


def choose_settings(
    peers: Mapping[str, Peer], params: Params, precision: torch.dtype, batch: Batch, measure: Measure, rounds: int
) -> tuple[dict[str, Setting], dict[str, dict[str, list[float]]]]:
    """The fastest setting of each network, and the seconds of a step in every one."""
    chosen: dict[str, Setting] = {}
    grids: dict[str, dict[str, list[float]]] = {}
    for name, peer in peers.items():
        settings = {str(one): one for one in (peer.settings if measure == "train" else peer.sampling_settings())}
        steps = {
            key: step_of(make_contender(peer, setting, precision, params), measure, batch)
            for key, setting in settings.items()
        }
        grids[name] = alternate(steps, rounds, label=f"{name_of(precision)}, {measure}: settings of {name}")
        chosen[name] = settings[fastest(grids[name])]
    return chosen, grids


def summary(seconds: Mapping[str, Sequence[float]], name: str, images: int) -> dict[str, Any]:
    """Images a second of a network, and how many times as fast ours is, paired by round: medians with their spread."""
    pairs = zip(seconds[name], seconds["ours"], strict=True)
    return {
        "images_per_s": spread([images / value for value in seconds[name]]),
        "ours_is_times": spread([its / ours for its, ours in pairs]),
    }


def rate(seconds: Sequence[float], images: int) -> float:
    """Images a second, by the median."""
    return round(images / statistics.median(seconds), 2)


def name_of(precision: torch.dtype) -> str:
    """``bf16`` or ``float32``."""
    return "bf16" if precision == torch.bfloat16 else "float32"
