"""Paint the five animals of study A1 by rule, for CLIP to learn from beside the artists' drawings."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from rediffuse import stage
from rediffuse.animals.canvas import Pixels
from rediffuse.animals.painted import save_painted
from rediffuse.animals.painting import painted
from rediffuse.data.splits import ANIMALS
from rediffuse.params.paint_animals import Params
from rediffuse.report.figures import grid

NAME = "paint_animals"
SHOWN = 16  # of each animal, on the sheet
PAPER = 232  # grey level behind them


def main(params: Params) -> None:
    """Write the animals, and a sheet of the first of each."""
    pictures: dict[str, Pixels] = {}
    for name in ANIMALS:
        made = painted(name, params.pictures, params.seed)
        pictures[name] = np.stack(list(tqdm(made, name, params.pictures, unit="picture", disable=None)))
    with stage.new_folder("data/painted") as data, stage.new_folder(f"plots/{NAME}") as plots:
        save_painted(data, pictures)
        grid(plots / "animals.png", [on_paper(pictures[name][:SHOWN]) for name in ANIMALS], ANIMALS, scale=1, gap=4)


def on_paper(rgba: Pixels) -> Pixels:
    """The animals on a plain ground, RGB."""
    alpha = rgba[..., 3:] / 255
    return np.round(rgba[..., :3] * alpha + PAPER * (1 - alpha)).astype(np.uint8)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
