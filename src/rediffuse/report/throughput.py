"""Rows that compare the training throughput of networks, from ``benchmarks/results.json``."""

from __future__ import annotations

from typing import Any

from rediffuse.report.rows import Row, markdown_table

PEERS = {
    "unet2d": "diffusers' `UNet2DModel` of the same widths",
    "context_unet_64": "the report's network of 64 features",
    "context_unet_128": "the report's network of 128 features",
}


def throughput_rows(speed: dict[str, Any]) -> list[Row]:
    """Our training throughput against that of each other network in its fastest setting, in the first precision."""
    comparison = next(iter(_comparisons(speed)))
    ours, n = comparison["networks"]["ours"], f"{comparison['rounds']} rounds"
    rows = []
    for name, label in PEERS.items():
        peer = comparison["networks"][name]
        what = f"training throughput against {label}, {_precisions(ours, peer)}"
        rows.append(Row(what, _times(peer), f"{_median(ours)} against {_median(peer)} images/s", n, short=True))
    return rows


def throughput_table(speed: dict[str, Any]) -> str:
    """All comparisons, with the setting, size and multiply-adds of each network."""
    rows = []
    for comparison in _comparisons(speed):
        for name, label in {"ours": "ours", **PEERS}.items():
            network = comparison["networks"][name]
            train, tried = network["train"], len(network["train"]["grid_images_per_s"])
            rows.append(
                (
                    label,
                    train["precision"],
                    train["setting"] if name == "ours" else f"{train['setting']}; fastest of {tried}",
                    _median(network),
                    "" if name == "ours" else _times(network),
                    _millions(network, "multiply_adds_per_image"),
                    _millions(network, "parameters"),
                )
            )
    sizes = ("million multiply-adds", "million parameters")
    return markdown_table(("network", "precision", "setting", "images/s", "ours is", *sizes), rows)


def _comparisons(speed: dict[str, Any]) -> list[dict[str, Any]]:
    return [measured["comparison"] for measured in speed.values() if "comparison" in measured]


def _precisions(ours: dict[str, Any], peer: dict[str, Any]) -> str:
    own, other = ours["train"]["precision"], peer["train"]["precision"]
    return f"both in {own}" if own == other else f"ours in {own}, the other in {other}"


def _times(peer: dict[str, Any]) -> str:
    times = peer["train"]["ours_is_times"]
    return f"{times['median']:.1f} times ({times['low']:.1f} to {times['high']:.1f})"


def _millions(network: dict[str, Any], key: str) -> str:
    return _short(network[key] / 1e6)


def _median(network: dict[str, Any]) -> str:
    return _short(network["train"]["images_per_s"]["median"])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
