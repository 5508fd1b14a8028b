"""Street numbers: a stand-in for SVHN made of real fonts and photographs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from rediffuse.data.digits.dataset import Digits, Split
from rediffuse.data.sources.digits.glyphs import Glyphs, load_glyphs
from rediffuse.data.sources.digits.street_camera import draw_camera, expose, legible, record, resampling
from rediffuse.data.sources.digits.street_paint import Walls, paint
from rediffuse.data.sources.digits.street_scene import Lots
from rediffuse.data.sources.shared.packages import Side, font_table
from rediffuse.data.sources.shared.photographs import load_canvas
from rediffuse.data.sources.shared.randomness import block_rng, blocks

WORKERS = os.cpu_count() or 2  # any number gives the same bytes: a block depends on its index alone


def side(split: Split) -> Side:
    """Which fonts and photographs a split uses: validation shares those of training."""
    return "test" if split == "test" else "train"


def make_street(node_modules: Path, split: Split, count: int, seed: int) -> Digits:
    """Paint and photograph ``count`` street numbers in the format of SVHN's cropped digits.

    After Netzer et al. (2011): the labelled digit in the middle of a square crop, its neighbours
    cut off by the frame. Labels are uniform, where SVHN has more of the low digits.

    Args:
        node_modules: holds the font packages.
        count: any number; image i does not depend on it.
        seed: root seed; image i depends on it, the split and i alone.

    Raises:
        InputError: a font or photograph is missing, truncated or altered.
    """
    glyphs = load_glyphs([font for font in font_table() if font.split == side(split)], node_modules)
    walls = Walls.of(load_canvas("street", side(split)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a block a thread is faster than many threads in one block
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            work = pool.map(lambda b: make_block(glyphs, walls, split, seed, b), range(blocks(count)))
            done = list(tqdm(work, total=blocks(count), desc=f"street {split}", unit="block", disable=None))
    finally:
        torch.set_num_threads(threads)
    images, labels = (np.concatenate(arrays)[:count] for arrays in zip(*done, strict=True))
    return Digits(images, labels)


@torch.inference_mode()
def make_block(
    glyphs: Glyphs, walls: Walls, split: Split, seed: int, block: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Images uint8 [BLOCK, 28, 28, 3] and labels uint8 [BLOCK] of one block."""
    lots = Lots(block_rng(seed, "street", split, block))
    scene = paint(lots, glyphs, walls)
    camera = draw_camera(lots, scene.width)
    down, across = resampling(camera, 1)[:, None], resampling(camera, 0)[:, None].transpose(2, 3)
    image, digit, digits = (down @ part @ across for part in (scene.image, scene.digit, scene.digits))
    image = legible(expose(image, camera).clamp(0, 1), digit, digits, camera)
    return record(image, camera, lots.rng), scene.labels.astype(np.uint8)
