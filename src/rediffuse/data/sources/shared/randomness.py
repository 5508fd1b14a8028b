"""Random numbers by block: image i is the same in a small set and in a large one."""

from __future__ import annotations

import zlib

import numpy as np

BLOCK = 128  # images; a block is always drawn whole, and cut afterwards


def block_rng(seed: int, name: str, split: str, block: int) -> np.random.Generator:
    """The generator of images ``BLOCK * block`` to ``BLOCK * block + BLOCK - 1`` of a set's split.

    Args:
        seed: root seed of the stage, 0 or more.
        name: the set; another name is another stream.
        split: ``train``, ``val`` or ``test``.
        block: 0 or more.
    """
    key = [seed, zlib.crc32(f"{name}/{split}".encode()), block]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


def blocks(count: int) -> int:
    """How many blocks hold ``count`` images."""
    return -(-count // BLOCK)
