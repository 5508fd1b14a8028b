"""Device, precision and random numbers of a run."""

from __future__ import annotations

import hashlib
import os

import torch
from accelerate import Accelerator
from torch import Tensor

from rediffuse.pipeline.errors import InputError


def prepare(device: str) -> torch.device:
    """Choose the device and make its arithmetic repeatable.

    Raises:
        InputError: ``cuda`` asked for where there is none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device: found cuda, but this machine has no CUDA device; allowed here: auto, cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic CUDA products need
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs a twentieth of a training
    torch.set_flush_denormal(True)  # denormal numbers cost a CPU a hundred times a normal one's time
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies in it; elsewhere it is emulated and slow, so float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def make_accelerator(device: str) -> Accelerator:
    """accelerate's view of this process: its device, mixed precision where that is fast, its fellows.

    Raises:
        InputError: ``cuda`` asked for where there is none.
    """
    chosen = prepare(device)
    precision = "bf16" if fast_dtype(chosen) == torch.bfloat16 else "no"
    return Accelerator(cpu=chosen.type == "cpu", mixed_precision=precision)


def generator(seed: int, study: str, index: int) -> torch.Generator:
    """The CPU generator of item ``index`` of ``study``: the same alone or in a batch, in any order.

    The three are hashed together, so that no study's stream runs into another's.
    """
    digest = hashlib.sha256(f"{seed}/{study}/{index}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def initial_noise(
    shape: tuple[int, ...], seed: int, study: str, indices: range
) -> tuple[Tensor, list[torch.Generator]]:
    """x_T of the images ``indices``, float32 [N, *shape], and their generators for what the sampler draws."""
    generators = [generator(seed, study, index) for index in indices]
    return torch.stack([torch.randn(shape, generator=g) for g in generators]), generators
