"""Noises as the course keeps them: a folder of ``00.pt``, ``01.pt``, …, a tensor each."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import check_regular

SMALLEST, LARGEST = 1e-3, 1e3  # between which the largest number of a noise lies, whoever scaled it
OPPOSITE = -0.9999  # cosine below which the path between two noises, through nearly nothing, has no direction


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
        InputError: there is no such folder, it has no two such files from ``00.pt`` on, one holds no such tensor, or
            two between which a path is drawn are opposite.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected noises 00.pt, 01.pt and so on")
    paths = sorted((path for path in folder.glob("*.pt") if path.stem.isdecimal()), key=lambda path: int(path.stem))
    if [int(path.stem) for path in paths] != list(range(len(paths))) or len(paths) < 2:
        found = ", ".join(path.name for path in paths[:8]) or "none"
        raise InputError(f"{folder}: found {found}; expected noises 00.pt, 01.pt and so on, two or more")
    noises = torch.stack([_read(path, shape) for path in paths])
    _check_range(paths, noises)
    return noises


def _check_range(paths: list[Path], noises: Tensor) -> None:
    """Refuse noises that no schedule starts from, and pairs that no path connects."""
    for path, most in zip(paths, noises.flatten(1).abs().amax(1).tolist(), strict=True):
        if not SMALLEST <= most <= LARGEST:
            raise InputError(
                f"{path}: found numbers up to {most:g}, expected a sample of the standard normal distribution"
            )
    ends = noises[: len(noises) // 2 * 2].flatten(1).double()
    cosines = torch.nn.functional.cosine_similarity(ends[0::2], ends[1::2])
    for pair in torch.nonzero(cosines < OPPOSITE).flatten().tolist():
        raise InputError(
            f"{paths[2 * pair + 1]}: found the opposite of {paths[2 * pair].name}; no path is between them"
        )


def _read(path: Path, shape: tuple[int, ...]) -> Tensor:
    check_regular(path, "expected what torch.save writes of a tensor")
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except Exception:  # torch raises whatever its archive reader or unpickler met
        raise InputError(f"{path}: not readable as a tensor; expected what torch.save writes of one") from None
    if not isinstance(found, Tensor):
        raise InputError(f"{path}: found {type(found).__name__}, expected a tensor of shape {list(shape)}")
    if found.is_meta or found.is_nested or found.is_quantized or found.layout != torch.strided:
        raise InputError(
            f"{path}: found a tensor that is sparse, nested, quantized or without data, expected a dense one"
        )
    if tuple(found.shape) not in (shape, (1, *shape)):
        raise InputError(f"{path}: found a tensor of shape {list(found.shape)}, expected {list(shape)} as the model's")
    if not found.is_floating_point() or not bool(found.detach().float().isfinite().all()):
        raise InputError(f"{path}: found {found.dtype} or a number that is not finite, expected finite floats")
    return found.detach().float().reshape(shape).clone()
