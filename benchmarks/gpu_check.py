"""``make gpu-check``: what a CUDA device does with the trainings, in less than 8 minutes.

Milliseconds of a training step, plain and captured in a CUDA graph, the share of the time in which the device computes,
peak memory, and images a second beside diffusers' U-Net and the report's. It prints a table and writes the section
``cuda`` of benchmarks/results.json. Without a CUDA device it says so and exits with code 2.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch.profiler import ProfilerActivity, profile

from benchmarks.compare import make_batch
from benchmarks.gpu_cases import Case, clip_case, digit_case, text2image_case
from benchmarks.peers import Batch, Contender, Peer, make_contender, make_peers
from benchmarks.run import merged, read_results, write_results
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.clip.params import Params as ClipParams
from rediffuse.models.digit_ddpm.params import Params as DigitParams
from rediffuse.models.text2image.params import Params as TextToImageParams
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import fast_dtype, make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.training.curves import LIVE
from rediffuse.training.fit import fit
from rediffuse.training.run import Plan
from rediffuse.training.shared_params import Pace

NAME = "gpu-check"
WARMUP, STEPS, PROFILED = 20, 100, 20  # steps that warm up, that are timed, and that are profiled
TEXT_WIDTH = 128  # of the text states, as in train_clip
BATCH = 128  # images a step of the networks that are compared
ROUNDS, ROUND_STEPS = 3, 10  # of these networks


@dataclass(frozen=True)
class Measured:
    """What was measured of a training.

    Attributes:
        step_ms: mean milliseconds of a step, the making of its batch included.
        busy: share of the time in which the device computed, 0 to 1; 0 on a CPU.
        peak_gb: of the device's memory, GB; 0 on a CPU.
    """

    step_ms: float
    busy: float
    peak_gb: float


class Clock:
    """Takes the time of the steps after the warm-up, then profiles a few more.

    Attributes:
        marks: seconds at the start of the timed, at the start of the profiled, and at the end of these.
    """

    def __init__(self, device: torch.device, steps: int, profiled: int) -> None:
        self.device, self.starts = device, [WARMUP, WARMUP + steps, WARMUP + steps + profiled]
        self.marks: list[float] = []
        self.profiler = profile(activities=[ProfilerActivity.CUDA]) if device.type == "cuda" else None

    def __call__(self, step: int, _: object) -> None:
        """Called by ``fit`` after each step."""
        if step not in self.starts:
            return
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.marks.append(time.perf_counter())
        if self.profiler is not None and step == self.starts[1]:
            self.profiler.start()
            self.marks[-1] = time.perf_counter()
        if self.profiler is not None and step == self.starts[2]:
            self.profiler.stop()

    def busy(self) -> float:
        """Share of the profiled time in which kernels ran."""
        if self.profiler is None:
            return 0.0
        microseconds = sum(event.self_device_time_total for event in self.profiler.key_averages())
        return float(microseconds / 1e6 / (self.marks[2] - self.marks[1]))


def measure(
    case: Case, accelerator: Accelerator, *, captured: bool, steps: int = STEPS, profiled: int = PROFILED
) -> Measured:
    """Train for a while by the pipeline's own ``fit``."""
    on_cuda = accelerator.device.type == "cuda"
    if on_cuda:
        torch.cuda.reset_peak_memory_stats()
    clock, total = Clock(accelerator.device, steps, profiled), WARMUP + steps + profiled
    plan = Plan(NAME, Pace(total, warmup=1), total, LIVE / NAME, captured=captured)
    fit(
        accelerator,
        case.network,
        case.optimizers,
        case.batch_at,
        case.loss_of,
        plan,
        ema_decay=case.ema_decay,
        after_step=clock,
    )
    seconds = (clock.marks[1] - clock.marks[0]) / steps
    return Measured(1000 * seconds, clock.busy(), torch.cuda.max_memory_allocated() / 1e9 if on_cuda else 0.0)


def images_per_s(contender: Contender, batch: Batch, rounds: int) -> float:
    """Trained images a second of a network, the median of rounds, on the device of the batch."""
    seconds: list[float] = []
    for round_ in range(rounds + 1):  # the first warms up
        start = time.perf_counter()
        for _ in range(ROUND_STEPS):
            contender.train_step(batch)
        if batch[0].is_cuda:
            torch.cuda.synchronize()
        if round_:
            seconds.append((time.perf_counter() - start) / ROUND_STEPS)
    return round(len(batch[0]) / statistics.median(seconds), 1)


def fastest(peers: Mapping[str, Peer], params: DigitParams, batch: Batch, rounds: int) -> dict[str, float]:
    """Trained images a second of each network in the fastest setting of its grid."""
    device = batch[0].device
    return {
        name: max(
            images_per_s(make_contender(peer, setting, fast_dtype(device), params, device), batch, rounds)
            for setting in peer.settings
        )
        for name, peer in peers.items()
    }


def measure_both(make: Callable[[str], Case], accelerator: Accelerator) -> dict[str, Measured]:
    """A training plain and captured; what fails is printed and left out, so that the rest is measured.

    Args:
        make: the case for a ``device`` of params.yaml.
    """
    found = {}
    for kind, device in (("eager", "cuda"), ("captured", "cuda_graphs")):
        try:
            found[kind] = measure(make(device), accelerator, captured=kind == "captured")
        except RuntimeError as error:
            print(f"{kind}: failed: {' '.join(str(error).split())[:300]}")
    return found


def summarize(
    steps: dict[str, dict[str, Measured]], images: dict[str, float], machine: dict[str, str]
) -> dict[str, Any]:
    """The section ``cuda`` of the results; a step is the captured one where that ran."""
    best = {name: found.get("captured", found.get("eager")) for name, found in steps.items()}
    ran = {name: one for name, one in best.items() if one is not None}
    ours = images["ours"]
    if "digit_ddpm_128" in ran:
        ours = max(ours, round(1000 * BATCH / ran.pop("digit_ddpm_128").step_ms, 1))
    return {
        "train_images_per_s": images | {"ours": ours},
        "step_ms": {name: round(one.step_ms, 2) for name, one in ran.items()},
        "gpu_busy": {name: round(one.busy, 3) for name, one in ran.items()},
        "peak_gb": {name: round(one.peak_gb, 2) for name, one in ran.items()},
        "kinds": {
            name: {kind: {key: round(value, 3) for key, value in asdict(one).items()} for kind, one in found.items()}
            for name, found in steps.items()
        },
        "machine": machine,
    }


def table(cuda: dict[str, Any]) -> list[str]:
    """The measured numbers beside what is aimed at, a line each."""
    images = cuda["train_images_per_s"]
    lines = [f"{'what':44} {'measured':>12}   {'at least':>10}"]
    for name, value in cuda["step_ms"].items():
        lines.append(f"{name + ', one step':44} {value:9.2f} ms   {'20 ms' if name == 'clip' else '':>10}")
    for name, value in cuda["gpu_busy"].items():
        lines.append(f"{name + ', device busy':44} {value:12.0%}   {'70 %':>10}")
    for name, value in cuda["peak_gb"].items():
        lines.append(f"{name + ', peak memory':44} {value:9.2f} GB   {'':>10}")
    for name, value in images.items():
        aim = "5 times" if name == "context_unet_64" else ""
        share = f"{name}, images/s; ours is {images['ours'] / value:.2f} times that"
        lines.append(f"{share:44} {value:12.1f}   {aim:>10}")
    return lines


def main() -> None:
    """Measure, print, and write the section ``cuda`` of ``benchmarks/results.json``."""
    if not torch.cuda.is_available():
        stage.fail(NAME, "found no CUDA device on this machine; run it on one that has a device and its driver")
    try:
        digits, pictures = stage.read_section("train_digit_ddpm", DigitParams), load_pictures("data/pictures")
        text, clip = (
            stage.read_section("train_text2image", TextToImageParams),
            stage.read_section("train_clip", ClipParams),
        )
    except InputError as error:
        stage.fail(NAME, f"{error}; the pictures are made by dvc repro fetch_pictures")
    accelerator = make_accelerator("cuda")
    device = accelerator.device
    large = digits.model_copy(update={"batch_size": BATCH})
    cases: dict[str, Callable[[str], Case]] = {
        "clip": lambda kind: clip_case(pictures, clip.model_copy(update={"device": kind}), device),
        "digit_ddpm": lambda _: digit_case(digits, device),
        "digit_ddpm_128": lambda _: digit_case(large, device),
        "text2image": lambda _: text2image_case(pictures, text, TEXT_WIDTH, device),
    }
    steps = {name: measure_both(make, accelerator) for name, make in cases.items()}
    x, timesteps, condition = make_batch(digits, BATCH)
    batch = x.to(device), timesteps.to(device), condition.to(device)
    images = fastest(make_peers(digits), digits, batch, ROUNDS)
    machine = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "cuda": str(torch.version.cuda)}
    cuda = summarize(steps, images, machine)
    print("\n".join(table(cuda)))
    write_results(merged(read_results(), {"cuda": cuda}))


if __name__ == "__main__":
    main()
