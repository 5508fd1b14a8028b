"""Device, precision and random numbers of a run."""

from __future__ import annotations

import ctypes
import hashlib
import os
from contextlib import AbstractContextManager

import torch
from accelerate import Accelerator
from torch import Tensor

from rediffuse.pipeline.errors import InputError

TENSOR_CORES = (7, 0)  # the first CUDA capability that multiplies float16 fast
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def prepare(device: str) -> torch.device:
    """Choose the device and make its arithmetic repeatable. A process that computes on the CPU keeps freed memory.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, or ``cuda_graphs``, which is CUDA too.

    Raises:
        InputError: CUDA asked for where there is none.
    """
    if device in ("cuda", "cuda_graphs") and not torch.cuda.is_available():
        raise InputError(f"device: found {device}, but this machine has no CUDA device; allowed here: auto, cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic CUDA products need
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs a twentieth of a training
    torch.set_flush_denormal(True)  # denormal numbers cost a CPU a hundred times a normal one's time
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        keep_freed_memory()
    return torch.device("cuda" if device == "cuda_graphs" else device)


def keep_freed_memory() -> None:
    """Let glibc keep freed memory for the next tensors; another C library stays as it is.

    By default glibc maps a tensor above 32 MiB anew each time, and gives the free end of its heap back. The system then
    clears every page again, which took a tenth of a training step of text to image.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)  # bytes, the largest int


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies in it, else float16 where a GPU does, else float32.

    What the hardware only emulates is slow.
    """
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.bfloat16
        return torch.float16 if torch.cuda.get_device_capability(device) >= TENSOR_CORES else torch.float32
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def make_accelerator(device: str) -> Accelerator:
    """accelerate's view of this process: its device, mixed precision where that is fast, its fellows.

    Raises:
        InputError: ``cuda`` asked for where there is none.
    """
    chosen = prepare(device)
    # For float16, accelerate's own scaler would read from the device in each step: see ``training_autocast``.
    precision = "bf16" if fast_dtype(chosen) == torch.bfloat16 else "no"
    return Accelerator(cpu=chosen.type == "cpu", mixed_precision=precision)


def computes_in_float16(device: torch.device) -> bool:
    """Whether trainings on ``device`` compute in float16, and so scale their loss."""
    return fast_dtype(device) == torch.float16


def training_autocast(accelerator: Accelerator) -> AbstractContextManager[None]:
    """Mixed precision of a training's forward pass: accelerate's, or float16."""
    if computes_in_float16(accelerator.device):
        return torch.autocast(accelerator.device.type, torch.float16)
    context: AbstractContextManager[None] = accelerator.autocast()
    return context


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
