"""``make bench``: images a second of four networks in one run, an optimizer's step, and seconds of each stage.

Every network trains (forward, backward, optimizer step) and samples (forward) on the same images,
one after the other in turn, several rounds; the median counts. Ours and diffusers' run as the
pipeline runs them, in bf16 where the processor computes in it; the report's network runs in
float32, as the report ran it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import UNet2DModel
from ruamel.yaml import YAML
from torch import Tensor, nn
from tqdm import tqdm

from benchmarks.context_unet import ContextUnet
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import INPUT_OR_OUTPUT, make_unet
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import fast_dtype, prepare
from rediffuse.training.muon import MatrixMuon
from rediffuse.training.optimizers import make_optimizers

RESULTS = Path("benchmarks/results.json")
BATCH = 128
ROUNDS = 5


@dataclass
class Contender:
    """A network, how it is called, and its optimizers."""

    model: nn.Module
    call: Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]  # (model, x_t, timesteps, conditions) -> output
    optimizers: list[torch.optim.Optimizer]
    dtype: torch.dtype
    batches: int  # a round; fewer for the slow ones


def contenders(params: Params, dtype: torch.dtype, device: torch.device) -> dict[str, Contender]:
    """Ours, diffusers' of the same widths and resolutions, and the report's of 64 and 128 features."""
    ours = make_unet(params, num_sets=2).to(device)
    network = params.network
    unet2d = UNet2DModel(
        sample_size=28 // network.patch_size,
        in_channels=3 * network.patch_size**2,
        out_channels=3 * network.patch_size**2,
        block_out_channels=network.block_out_channels,
        layers_per_block=network.layers_per_block[1],
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        num_class_embeds=20,
    ).to(device, memory_format=torch.channels_last)

    def call_unet2d(model: nn.Module, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        folded = F.pixel_unshuffle(x, network.patch_size)
        return F.pixel_shuffle(model(folded, t, class_labels=condition.argmax(1)).sample, network.patch_size)

    def call_context(model: nn.Module, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        return model(x, t / params.schedule.num_train_timesteps, condition)

    found = {
        "ours": Contender(
            ours,
            lambda m, x, t, c: m(x, t, c),
            make_optimizers(ours, params.optimizer, INPUT_OR_OUTPUT),
            dtype,
            batches=4,
        ),
        "unet2d": Contender(unet2d, call_unet2d, [torch.optim.AdamW(unet2d.parameters(), fused=True)], dtype, 2),
    }
    for features in (64, 128):
        context = ContextUnet(features).to(device)
        found[f"context_unet_{features}"] = Contender(
            context, call_context, [torch.optim.Adam(context.parameters(), lr=1e-3)], torch.float32, 1
        )
    return found


def train_step(contender: Contender, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    """One optimizer step."""
    x, t, condition = batch
    with torch.autocast(x.device.type, contender.dtype, enabled=contender.dtype != torch.float32):
        output = contender.call(contender.model, x, t, condition)
    F.mse_loss(output.float(), x).backward()
    for optimizer in contender.optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


@torch.inference_mode()
def sample_step(contender: Contender, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    """One forward pass."""
    with torch.autocast(batch[0].device.type, contender.dtype, enabled=contender.dtype != torch.float32):
        contender.call(contender.model, *batch)


def random_batch(params: Params) -> tuple[Tensor, Tensor, Tensor]:
    """Images, timesteps and conditions of ``BATCH`` digits, on the CPU."""
    return (
        torch.randn(BATCH, 3, 28, 28),
        torch.randint(0, params.schedule.num_train_timesteps, (BATCH,)),
        torch.eye(12)[torch.randint(0, 10, (BATCH,))],
    )


def throughput(params: Params, rounds: int) -> dict[str, dict[str, float]]:
    """Images a second of every network, trained and sampled; a sampled image is one forward pass."""
    device = prepare("cpu")
    torch.manual_seed(0)
    batch = random_batch(params)
    networks = contenders(params, fast_dtype(device), device)
    seconds: dict[str, dict[str, list[float]]] = {
        "train_images_per_s": {name: [] for name in networks},
        "sample_images_per_s": {name: [] for name in networks},
    }
    steps = {"train_images_per_s": train_step, "sample_images_per_s": sample_step}
    # The first round warms up and is not counted.
    for round_ in tqdm(range(rounds + 1), desc="rounds", unit="round", disable=None):
        for measure, step in steps.items():
            for name, contender in networks.items():
                start = time.perf_counter()
                for _ in range(contender.batches):
                    step(contender, batch)
                if round_:
                    seconds[measure][name].append((time.perf_counter() - start) / (contender.batches * BATCH))
    return {
        measure: {name: round(1 / statistics.median(values), 1) for name, values in found.items()}
        for measure, found in seconds.items()
    }


def stage_seconds() -> dict[str, float]:
    """Seconds of each stage's last run here; a stage that was restored from the cache has none."""
    return {path.stem: json.loads(path.read_text())["seconds"] for path in sorted(stage.TIMINGS.glob("*.json"))}


def muon_ms(params: Params, rounds: int) -> dict[str, float]:
    """Milliseconds of an optimizer step of our network's inner weights, by our Muon and by torch's own.

    torch's takes matrices only, so it is given the kernels as such.
    """
    prepare("cpu")
    torch.manual_seed(0)
    section = params.optimizer.model_copy(update={"hidden_layers": "muon"})
    ours = next(
        o for o in make_optimizers(make_unet(params, num_sets=2), section, INPUT_OR_OUTPUT) if isinstance(o, MatrixMuon)
    )
    matrices = [nn.Parameter(weight.detach().flatten(1).clone()) for weight in ours.weights]
    for weight in (*ours.weights, *matrices):
        weight.grad = torch.randn_like(weight)
    rate, decay = section.muon_learning_rate, section.weight_decay
    optimizers = {"ours": ours, "torch": torch.optim.Muon(matrices, lr=rate, weight_decay=decay)}
    seconds: dict[str, list[float]] = {name: [] for name in optimizers}
    for round_ in range(rounds + 1):
        for name, optimizer in optimizers.items():
            start = time.perf_counter()
            optimizer.step()
            if round_:
                seconds[name].append(time.perf_counter() - start)
    return {name: round(1000 * statistics.median(values), 2) for name, values in seconds.items()}


def machine() -> dict[str, Any]:
    """What the numbers were taken on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "bf16": fast_dtype(torch.device("cpu")) == torch.bfloat16,
        "torch": torch.__version__,
    }


def report(results: dict[str, Any], expected: dict[str, str]) -> None:
    """Print the measured numbers, and each stage's seconds beside what dvc.yaml expects."""
    for measure in ("train_images_per_s", "sample_images_per_s"):
        ours = results[measure]["ours"]
        for name, value in results[measure].items():
            print(f"{measure:20} {name:18} {value:9.1f}   ours is {ours / value:6.1f} times that")
    for name, value in results["muon_ms"].items():
        print(f"{'muon_ms':20} {name:18} {value:9.2f}")
    for name, text in expected.items():
        measured = results["stage_seconds"].get(name)
        print(f"{name:22} expected {text:>6}   measured " + (f"{measured:.0f} s" if measured else "not run here"))


def main() -> None:
    """Measure, print, and write ``benchmarks/results.json``, which keeps what the other kind of processor gave."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"counted rounds, default {ROUNDS}")
    rounds = parser.parse_args().rounds
    params = stage.read_section("train_digit_ddpm", Params)
    results: dict[str, Any] = {
        **throughput(params, rounds),
        "muon_ms": muon_ms(params, rounds),
        "stage_seconds": stage_seconds(),
        "machine": machine(),
    }
    stages = YAML(typ="safe").load(Path("dvc.yaml"))["stages"]
    report(results, {name: found["meta"]["expected"]["cpu"] for name, found in stages.items()})
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    kind = "bf16" if results["machine"]["bf16"] else "float32"
    stage.write_json(RESULTS, dict(sorted((kept | {kind: results}).items())))


if __name__ == "__main__":
    main()
