"""MNIST and the real SVHN through torchvision, where the internet can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from rediffuse.data.digits.dataset import SIZE, Digits, Split
from rediffuse.data.sources.shared.downloads import fetching
from rediffuse.data.sources.shared.packages import cache_folder, read_checked
from rediffuse.data.sources.shared.randomness import block_rng

SVHN_SHA256 = {
    "train": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    "test": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
}
_OTHERS = "set fetch_digits.source to packages or folder to do without it"


def fetch_mnist() -> Path:
    """The folder of MNIST's four IDX files; their SHA-256 is checked where they are read.

    Raises:
        InputError: no mirror can be reached.
    """
    from torchvision.datasets import MNIST  # imported late: only this source needs torchvision

    with fetching("MNIST through torchvision", _OTHERS):
        MNIST(str(cache_folder("torchvision")), download=True)
    return cache_folder("torchvision") / "MNIST" / "raw"


def read_svhn(split: Split, count: int, seed: int) -> Digits:
    """SVHN's cropped digits, Netzer et al. (2011), reduced from 32x32 to 28x28 with antialiasing.

    Training and validation are cut from its ``train`` part, shuffled; no image is in both.

    Args:
        count: ``train`` and ``val`` together at most 73,257, ``test`` at most 26,032.
        seed: root seed of the shuffle.

    Raises:
        InputError: the mirror cannot be reached, or a file is not the published one.
    """
    from torchvision.datasets import SVHN

    part: Literal["train", "test"] = "test" if split == "test" else "train"
    folder = cache_folder("torchvision")
    with fetching("SVHN through torchvision", _OTHERS):
        data = SVHN(str(folder), split=part, download=True)
    read_checked(folder / f"{part}_32x32.mat", SVHN_SHA256[part])  # torchvision compares its MD5 alone
    order = block_rng(seed, "svhn/order", part, 0).permutation(len(data.labels))
    order = (order[::-1] if split == "val" else order)[:count]
    return Digits(reduced(data.data[order].transpose(0, 2, 3, 1)), data.labels[order].astype(np.uint8))


def reduced(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8 [N, H, W, 3] to uint8 [N, 28, 28, 3]."""
    resize = Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(image).resize((SIZE, SIZE), resize)) for image in images])
