"""MNIST's four original IDX files, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from rediffuse.data.sources.shared.packages import MNIST_SHA256, read_checked

_HEADER = {"images": 16, "labels": 8}  # bytes: magic number and sizes, big-endian 32-bit each


def load_mnist(folder: Path, part: Literal["train", "t10k"]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Handwritten digits, LeCun et al. (1998).

    Args:
        folder: holds the unpacked files.
        part: the 60,000 of ``train`` or the 10,000 of ``t10k``.

    Returns:
        images uint8 [N, 28, 28], ink 255 on 0, and labels uint8 [N].

    Raises:
        InputError: a file is missing, truncated or altered.
    """
    images = _payload(folder / f"{part}-images-idx3-ubyte", "images").reshape(-1, 28, 28)
    return images, _payload(folder / f"{part}-labels-idx1-ubyte", "labels")


def _payload(path: Path, kind: str) -> npt.NDArray[np.uint8]:
    # The hash vouches for the header too, so nothing of it needs to be parsed.
    return np.frombuffer(read_checked(path, MNIST_SHA256[path.name]), np.uint8, offset=_HEADER[kind])
