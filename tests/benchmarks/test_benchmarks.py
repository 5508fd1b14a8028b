"""The networks that the benchmark compares are the ones it names, and its results are whole."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from torch import Tensor, nn

from benchmarks.compare import make_batch
from benchmarks.context_unet import ContextUnet
from benchmarks.muon import muon_ms
from benchmarks.peers import Peer, Setting, cost, make_contender, make_peers, multiply_adds
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import read_section
from rediffuse.training.optimizers import MatrixMuon

ROOT = Path(__file__).parents[2]
NETWORKS = ["ours", "unet2d", "context_unet_64", "context_unet_128"]
SMALL = NETWORKS[:3]  # the fourth is the third's class, and slow


@pytest.fixture(scope="module")
def params() -> Params:
    return read_section("train_digit_ddpm", Params, ROOT / "params.yaml")


@pytest.fixture(scope="module")
def peers(params: Params) -> dict[str, Peer]:
    return make_peers(params)


def test_multiply_adds_are_those_counted_by_hand() -> None:
    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.linear = nn.Linear(4, 5)

        def forward(self, x: Tensor) -> Tensor:
            tokens = self.conv(x).flatten(2).transpose(1, 2)  # [B, 64, 4]
            weights = tokens @ tokens.transpose(1, 2)  # [B, 64, 64]
            return self.linear(weights @ tokens)

    small = Small()
    by_hand = 64 * 4 * (3 * 9) + 64 * 64 * 4 + 64 * 64 * 4 + 64 * 4 * 5
    for count in (1, 3):
        batch = torch.randn(count, 3, 8, 8), torch.zeros(count), torch.zeros(count, 12)
        assert multiply_adds(lambda parts: small(parts[0]), batch) == by_hand


def test_context_unet_has_the_size_that_the_report_gives(params: Params, peers: dict[str, Peer]) -> None:
    assert ContextUnet(128).eval()(torch.randn(1, 3, 28, 28), torch.rand(1), torch.zeros(1, 12)).shape == (1, 3, 28, 28)
    found = cost(peers["context_unet_128"], make_batch(params, 1), params)
    assert abs(found["parameters"] / 28.7e6 - 1) < 0.01
    assert abs(found["multiply_adds_per_image"] / 4.68e9 - 1) < 0.02


def test_no_setting_changes_the_cost(params: Params, peers: dict[str, Peer]) -> None:
    batch, peer = make_batch(params, 1), peers["unet2d"]
    plain = [one for one in peer.sampling_settings() if one.attention == "plain"]
    assert len(plain) == 4
    counts = {multiply_adds(make_contender(peer, one, torch.float32, params), batch) for one in plain}
    assert counts == {cost(peer, batch, params)["multiply_adds_per_image"]}


def test_every_peer_has_its_whole_grid_and_ours_one_setting(peers: dict[str, Peer]) -> None:
    assert list(peers) == NETWORKS
    assert [len(set(peer.settings)) for peer in peers.values()] == [1, 16, 4, 4]
    assert [len(set(peer.sampling_settings())) for peer in peers.values()] == [1, 8, 2, 2]
    assert str(peers["ours"].settings[0]) == "channels-last, plain attention, heads of 32, Muon with AdamW"
    for peer in peers.values():
        assert len({str(setting) for setting in peer.settings}) == len(peer.settings)
        assert all(setting.optimizer is None for setting in peer.sampling_settings())


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32], ids=str)
def test_every_network_trains_and_samples(
    name: str, precision: torch.dtype, params: Params, peers: dict[str, Peer]
) -> None:
    batch, peer = make_batch(params, 2), peers[name]
    for setting in (peer.settings[0], peer.settings[-1]):
        contender = make_contender(peer, setting, precision, params)
        assert contender(batch).dtype == precision and contender.model.training
        before = [parameter.detach().clone() for parameter in contender.model.parameters()]
        contender.train_step(batch)
        moved = [bool((old != new).any()) for old, new in zip(before, contender.model.parameters(), strict=True)]
        assert any(moved), name
    sampler = make_contender(peer, peer.sampling_settings()[0], precision, params)
    assert not sampler.model.training and not sampler.optimizers
    sampler.sample_step(batch)


@pytest.mark.parametrize("name", SMALL)
def test_a_setting_is_what_it_says(name: str, params: Params, peers: dict[str, Peer]) -> None:
    for setting in peers[name].settings:
        contender = make_contender(peers[name], setting, torch.float32, params)
        muons = [one for one in contender.optimizers if isinstance(one, MatrixMuon)]
        assert len(muons) == (setting.optimizer == "Muon with AdamW")
        assert all(one.dtype == torch.float32 for one in muons)
        others = [one for one in contender.optimizers if one not in muons]
        assert [type(one) for one in others] == [torch.optim.AdamW] and others[0].defaults["fused"]
        trained = sum(len(group["params"]) for one in contender.optimizers for group in one.param_groups)
        assert trained == len(list(contender.model.parameters()))
        kernel = next(one for one in contender.model.parameters() if one.ndim == 4 and min(one.shape) > 1)
        assert kernel.is_contiguous(memory_format=setting.memory_format)
        layers = [one for one in contender.model.modules() if isinstance(one, Attention)]
        assert bool(layers) == (name == "unet2d")
        kind = AttnProcessor if setting.attention == "plain" else AttnProcessor2_0
        assert all(type(one.processor) is kind and one.heads * setting.head_width == 128 for one in layers)


@pytest.mark.parametrize("name", SMALL)
def test_layout_and_kind_of_attention_change_no_output(name: str, params: Params, peers: dict[str, Peer]) -> None:
    batch = make_batch(params, 2)
    with torch.inference_mode():
        found = {
            setting: make_contender(peers[name], setting, torch.float32, params)(batch)
            for setting in peers[name].sampling_settings()
        }
    for (first, ours), (second, theirs) in combinations(found.items(), 2):
        if first.head_width == second.head_width:
            assert torch.allclose(ours, theirs, atol=1e-4), f"{first} and {second}"


def test_muons_are_timed(params: Params) -> None:
    found = muon_ms(params, 1)
    assert list(found) == ["ours", "torch"] and all(value > 0 for value in found.values())


def test_committed_results_are_whole(peers: dict[str, Peer]) -> None:
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    stages = set(read_yaml(ROOT / "dvc.yaml")["stages"])
    for kind in ("bf16", "float32"):
        measured = results[kind]
        check_comparison(kind, measured, peers)
        assert set(measured["stage_seconds"]) <= stages
        assert measured["machine"]["threads"] >= 1 and measured["machine"]["bf16"] == (kind == "bf16")
        muons = measured["muon_ms"]
        assert list(muons) == ["ours", "torch"] and min(muons.values()) > 0
    assert any(set(measured["stage_seconds"]) == stages for measured in results.values()), "none has run every stage"


def check_comparison(kind: str, measured: dict[str, Any], peers: dict[str, Peer]) -> None:
    """Every network in the precision of the row, in the fastest setting of its whole grid."""
    networks = measured["comparison"]["networks"]
    assert list(networks) == NETWORKS
    for measure in ("train", "sample"):
        for name, network in networks.items():
            found, settings = network[measure], peers[name].settings
            grid = found["grid_images_per_s"]
            expected = settings if measure == "train" else peers[name].sampling_settings()
            assert found["precision"] == kind and list(grid) == [str(setting) for setting in expected]
            assert grid[found["setting"]] == max(grid.values())
            speed = found["images_per_s"]
            assert 0 < speed["low"] <= speed["median"] <= speed["high"]
            assert measured[f"{measure}_images_per_s"][name] == speed["median"]
    assert networks["ours"]["train"]["ours_is_times"] == {"median": 1, "low": 1, "high": 1}


def test_a_setting_is_named_by_its_parts() -> None:
    assert str(Setting("contiguous", optimizer="fused AdamW")) == "contiguous, fused AdamW"
    assert str(Setting("channels-last", "fused", 8)) == "channels-last, fused attention, heads of 8"
