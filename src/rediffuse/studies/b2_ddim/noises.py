"""Noises as the course keeps them: a folder of ``00.pt``, ``01.pt``, …, a tensor each."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rediffuse.pipeline.errors import InputError


def write_noises(folder: Path, noises: Tensor) -> None:
    """Write ``NN.pt`` of each noise, float32 [1, C, H, W]."""
    folder.mkdir(parents=True)
    for index, noise in enumerate(noises):
        torch.save(noise[None].clone(), folder / f"{index:02d}.pt")


def read_noises(folder: str | Path, shape: tuple[int, ...]) -> Tensor:
    """Every ``NN.pt`` of a folder, by number, float32 [N, C, H, W].

    Args:
        shape: (C, H, W) of the model; a file holds a tensor of it, or of (1, C, H, W).

    Raises:
        InputError: there is no such folder, it has no two such files from ``00.pt`` on, or one holds no such tensor.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected noises 00.pt, 01.pt and so on")
    paths = sorted((path for path in folder.glob("*.pt") if path.stem.isdecimal()), key=lambda path: int(path.stem))
    if [int(path.stem) for path in paths] != list(range(len(paths))) or len(paths) < 2:
        found = ", ".join(path.name for path in paths[:8]) or "none"
        raise InputError(f"{folder}: found {found}; expected noises 00.pt, 01.pt and so on, two or more")
    return torch.stack([_read(path, shape) for path in paths])


def _read(path: Path, shape: tuple[int, ...]) -> Tensor:
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except Exception:  # torch raises whatever its archive reader or unpickler met
        raise InputError(f"{path}: not readable as a tensor; expected what torch.save writes of one") from None
    if not isinstance(found, Tensor):
        raise InputError(f"{path}: found {type(found).__name__}, expected a tensor of shape {list(shape)}")
    if tuple(found.shape) not in (shape, (1, *shape)):
        raise InputError(f"{path}: found a tensor of shape {list(found.shape)}, expected {list(shape)} as the model's")
    if not found.is_floating_point() or not bool(found.isfinite().all()):
        raise InputError(f"{path}: found {found.dtype} or a number that is not finite, expected finite floats")
    return found.float().reshape(shape)
