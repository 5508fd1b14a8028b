"""MNIST-M: handwritten digits blended with photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rediffuse.data.digits.dataset import SIZE, Digits, Split
from rediffuse.data.sources.digits.mnist import load_mnist
from rediffuse.data.sources.shared.photographs import Canvas, load_canvas
from rediffuse.data.sources.shared.randomness import BLOCK, block_rng, blocks


def make_mnistm(mnist: Path, split: Split, count: int, seed: int) -> Digits:
    """Blend ``count`` digits as Ganin et al. (2016, section 5.2.2) did.

    Each channel of a pixel is I_out = |I_digit - I_crop|, with a random 28x28 crop of a photograph.
    Training and validation share MNIST's 60,000 (no digit in both) and their photographs; the test
    split has MNIST's own test digits and photographs of its own.

    Args:
        mnist: folder of the IDX files.
        count: at most 10,000 for ``test``; ``train`` and ``val`` together at most 60,000.
        seed: root seed; image i depends on it, the split and i alone.

    Raises:
        InputError: a source file is missing, truncated or altered.
    """
    images, labels = load_mnist(mnist, "t10k" if split == "test" else "train")
    order = block_rng(seed, "mnistm/order", "test" if split == "test" else "train", 0).permutation(len(labels))
    if split == "val":
        order = order[::-1]  # from the other end than train, so that neither's size moves the other
    order = order[:count]
    canvas = load_canvas("mnistm", "test" if split == "test" else "train")
    crops = np.concatenate([_crops(canvas, block_rng(seed, "mnistm", split, b)) for b in range(blocks(count))])[:count]
    blended = np.abs(images[order, :, :, None].astype(np.int16) - crops).astype(np.uint8)
    return Digits(blended, labels[order])


def _crops(canvas: Canvas, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    photo = rng.integers(len(canvas.names), size=BLOCK)
    top = canvas.tops[photo] + rng.integers(canvas.heights[photo] - SIZE + 1)
    left = rng.integers(canvas.widths[photo] - SIZE + 1)
    windows = np.lib.stride_tricks.sliding_window_view(canvas.pixels, (SIZE, SIZE), axis=(0, 1))
    crops: npt.NDArray[np.uint8] = windows[top, left].transpose(0, 2, 3, 1)  # [B, 28, 28, 3]
    return crops
