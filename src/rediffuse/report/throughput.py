"""The rows of README that compare the training throughput of networks, from ``benchmarks/results.json``."""

from __future__ import annotations

from typing import Any

Row = tuple[str, str, str, str]  # what was measured, how much, its trivial baseline, over how many
PEERS = {
    "unet2d": "diffusers' `UNet2DModel` of the same widths",
    "context_unet_64": "the report's network of 64 features",
    "context_unet_128": "the report's network of 128 features",
}


def throughput_rows(speed: dict[str, Any]) -> list[Row]:
    """Our training throughput against that of each other network in the fastest setting of its grid."""
    rows: list[Row] = []
    for name, label in PEERS.items():
        for measured in speed.values():
            if "comparison" in measured:
                rows.append(_speed_row(measured["comparison"], name, label))
    return rows


def _speed_row(comparison: dict[str, Any], name: str, label: str) -> Row:
    ours, peer = comparison["networks"]["ours"], comparison["networks"][name]
    ours_train, peer_train = ours["train"], peer["train"]
    settings = len(peer_train["grid_images_per_s"])
    terms = (
        f"training throughput: ours in {ours_train['precision']} ({ours_train['setting']}) against {label} in "
        f"{peer_train['precision']}, the fastest of {settings} settings ({peer_train['setting']})"
    )
    times = peer_train["ours_is_times"]
    text = (
        f"{times['median']:.1f} times (rounds: {times['low']:.1f} to {times['high']:.1f}); "
        f"{_median(ours_train)} against {_median(peer_train)} images/s; "
        f"{_millions(ours, 'multiply_adds_per_image')} against {_millions(peer, 'multiply_adds_per_image')} million "
        f"multiply-adds an image; {_millions(ours, 'parameters')} against {_millions(peer, 'parameters')} million "
        "parameters"
    )
    return terms, text, "", f"{comparison['rounds']} rounds, {comparison['images_per_step']} images a step"


def _millions(network: dict[str, Any], key: str) -> str:
    return _short(network[key] / 1e6)


def _median(train: dict[str, Any]) -> str:
    return _short(train["images_per_s"]["median"])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
