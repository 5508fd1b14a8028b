"""The networks that the benchmark compares are the ones it names, and its results are whole."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.context_unet import ContextUnet
from benchmarks.run import contenders, muon_ms, sample_step, train_step
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import read_section

ROOT = Path(__file__).parents[2]
NETWORKS = ["ours", "unet2d", "context_unet_64", "context_unet_128"]


def test_context_unet_has_the_size_that_the_report_gives() -> None:
    network = ContextUnet(128)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        output = network.eval()(torch.randn(1, 3, 28, 28), torch.rand(1), torch.zeros(1, 12))
    assert output.shape == (1, 3, 28, 28)
    assert abs(sum(parameter.numel() for parameter in network.parameters()) / 28.7e6 - 1) < 0.01
    assert abs(counter.get_total_flops() / 2 / 4.68e9 - 1) < 0.02


def test_every_network_trains_and_samples() -> None:
    params = read_section("train_digit_ddpm", Params, ROOT / "params.yaml")
    batch = torch.randn(2, 3, 28, 28), torch.tensor([0, 499]), torch.eye(12)[:2]
    networks = contenders(params, torch.float32, torch.device("cpu"))
    assert list(networks) == NETWORKS
    for name, contender in networks.items():
        if name == "context_unet_128":  # the same class as its smaller sister, and slow
            continue
        before = [parameter.detach().clone() for parameter in contender.model.parameters()]
        train_step(contender, batch)
        moved = [bool((old != new).any()) for old, new in zip(before, contender.model.parameters(), strict=True)]
        assert any(moved), name
        sample_step(contender, batch)


def test_muons_are_timed() -> None:
    found = muon_ms(read_section("train_digit_ddpm", Params, ROOT / "params.yaml"), 1)
    assert list(found) == ["ours", "torch"] and all(value > 0 for value in found.values())


def test_committed_results_are_whole() -> None:
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    stages = set(read_yaml(ROOT / "dvc.yaml")["stages"])
    assert set(results) <= {"bf16", "float32"}
    for kind, measured in results.items():
        for measure in ("train_images_per_s", "sample_images_per_s"):
            assert list(measured[measure]) == NETWORKS
            assert all(value > 0 for value in measured[measure].values())
        assert set(measured["stage_seconds"]) <= stages
        assert measured["machine"]["threads"] >= 1 and measured["machine"]["bf16"] == (kind == "bf16")
    assert any(set(measured["stage_seconds"]) == stages for measured in results.values()), "none has run every stage"
    muons = [measured["muon_ms"] for measured in results.values() if "muon_ms" in measured]
    assert muons and all(list(found) == ["ours", "torch"] and min(found.values()) > 0 for found in muons)
