"""The measurement of a CUDA device, as far as it shows on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from benchmarks import gpu_check
from benchmarks.gpu_cases import clip_case, digit_case, text2image_case
from benchmarks.gpu_check import Measured, measure, summarize, table
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.params import Params as ClipParams
from rediffuse.models.digit_ddpm.params import Params as DigitParams
from rediffuse.pipeline.params import read_yaml
from tests.support.small_clip import TOWER
from tests.support.text2image import small_params

SECTIONS = read_yaml(Path(__file__).parents[2] / "params.yaml")
CPU = torch.device("cpu")


@pytest.fixture
def accelerator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accelerator]:
    monkeypatch.chdir(tmp_path)
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(cpu=True)
    AcceleratorState._reset_state(reset_partial_state=True)


def small_cases(pictures: PictureSet) -> dict[str, Any]:
    network = {"block_out_channels": [16, 32], "layers_per_block": [1, 1], "embedding_dim": 32, "attention_heads": 2}
    section = SECTIONS["train_digit_ddpm"]
    digits = DigitParams.model_validate({**section, "batch_size": 4, "network": {**section["network"], **network}})
    small = {
        "vision": {**TOWER, "image_size": 16, "patch_size": 8},
        "text": {**TOWER, "vocab_size": 800, "max_position_embeddings": 48},
        "projection_dim": 24,
        "batch_size": 8,
        "captions": 8,
    }
    clip = ClipParams.model_validate({**SECTIONS["train_clip"], **small, "device": "cuda_graphs"})
    return {
        "digit_ddpm": digit_case(digits, CPU),
        "clip": clip_case(pictures, clip, CPU),
        "text2image": text2image_case(pictures, small_params(), 32, CPU),
    }


def test_each_training_is_measured_by_its_own_fit(
    pictures: PictureSet, accelerator: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_check, "WARMUP", 1)
    for case in small_cases(pictures).values():
        before = [weight.detach().clone() for weight in case.network.parameters()]
        found = measure(case, accelerator, captured=False, steps=2, profiled=1)
        assert 0.1 < found.step_ms < 60_000 and found.busy == found.peak_gb == 0
        assert any(not torch.equal(a, b) for a, b in zip(before, case.network.parameters(), strict=True))


def test_a_captured_batch_of_clip_has_one_kind(pictures: PictureSet) -> None:
    case = small_cases(pictures)["clip"]
    parts = [case.batch_at(step).parts for step in range(4)]
    assert [[tuple(part.shape) for part in each] for each in parts] == [[(8, 48)]] * 4


def test_images_a_second_are_of_the_whole_batch_in_the_fastest_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    now, taken = [0.0], []

    class Timed:
        def __init__(self, seconds: float) -> None:
            self.seconds = seconds

        def train_step(self, batch: object) -> None:
            now[0] += self.seconds
            taken.append(self.seconds)

    monkeypatch.setattr(gpu_check.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(gpu_check, "make_contender", lambda peer, setting, *_: Timed(setting))
    peers: Any = {"a": SimpleNamespace(settings=(0.5, 0.25)), "b": SimpleNamespace(settings=(2.0,))}
    batch: Any = (torch.zeros(8, 1), None, None)
    assert gpu_check.fastest(peers, None, batch, 3) == {"a": 32.0, "b": 4.0}  # type: ignore[arg-type]
    assert len(taken) == 3 * 4 * gpu_check.ROUND_STEPS


def test_the_summary_takes_the_captured_step_and_the_table_says_what_is_aimed_at() -> None:
    steps = {
        "clip": {"eager": Measured(171.0, 0.05, 2.0), "captured": Measured(15.0, 0.8, 2.5)},
        "digit_ddpm": {"eager": Measured(44.0, 0.1, 1.0)},
        "digit_ddpm_128": {"captured": Measured(4.0, 0.9, 1.0)},
        "text2image": {},
    }
    images = {"ours": 2880.0, "unet2d": 3200.0, "context_unet_64": 8000.0, "context_unet_128": 4000.0}
    cuda = summarize(steps, images, {"device": "H200"})
    assert cuda["step_ms"] == {"clip": 15.0, "digit_ddpm": 44.0}
    assert cuda["gpu_busy"] == {"clip": 0.8, "digit_ddpm": 0.1} and cuda["machine"] == {"device": "H200"}
    assert cuda["train_images_per_s"] == images | {"ours": 32000.0}
    assert cuda["kinds"]["clip"]["eager"]["step_ms"] == 171.0
    lines = table(cuda)
    assert any(line.startswith("clip, one step") and line.endswith("15.00 ms        20 ms") for line in lines)
    assert any("context_unet_64" in line and "4.00 times" in line and line.endswith("5 times") for line in lines)


def test_without_a_cuda_device_it_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as ended:
        gpu_check.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gpu-check: found no CUDA device on this machine")
    assert list(tmp_path.iterdir()) == []
