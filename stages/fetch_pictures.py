"""Bring the drawings in, make backgrounds, write the labelled folder and an overview of all."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from rediffuse.data.labelled import DRAWINGS, copy_labelled
from rediffuse.data.pictures.dataset import SCENES, SIZE, PictureSet, Side, load_pictures
from rediffuse.data.sources.pictures.cifar100 import write_cifar100
from rediffuse.data.sources.pictures.drawings import Pixels, artist_sets, drawing_packages, rendered
from rediffuse.data.sources.pictures.labelled_folder import file_word, labelled_pictures
from rediffuse.data.sources.pictures.params import Params
from rediffuse.data.sources.pictures.scenes import make_backgrounds
from rediffuse.data.sources.pictures.sheets import picture_sheets
from rediffuse.data.sources.pictures.splits import ANIMALS, CLASSES, SHOWING, STYLES, THINGS, held_out_pairs
from rediffuse.data.sources.pictures.vocabulary import vocabulary
from rediffuse.data.sources.shared.packages import photograph_table, read_photograph
from rediffuse.pipeline import stage
from rediffuse.pipeline.arrays import save_arrays
from rediffuse.pipeline.params import user_path

DATA, LABELLED, PLOTS = Path("data/pictures"), Path("data/labelled"), Path("plots/fetch_pictures")
CAT = "chelsea"
CAT_BOX = (80, 0, 380, 300)  # pixels of the photograph: the cat's head
CAT_SIZE = 224


def main(params: Params) -> None:
    """Write the three folders together, once all is there."""
    with stage.new_folder(DATA) as data, stage.new_folder(LABELLED) as labelled, stage.new_folder(PLOTS) as plots:
        if params.labelled.folder is not None:  # before anything is rendered, so that a fault is told at once
            copy_labelled(user_path(params.labelled.folder, "fetch_pictures.labelled.folder"), labelled)
        elif params.labelled.source == "cifar100":
            write_cifar100(labelled, params.labelled.classes, params.labelled.images, params.seed)
        _write_drawings(data)
        sides: dict[Side, int] = {"train": params.backgrounds.train, "test": params.backgrounds.test}
        save_arrays(
            data / "backgrounds.npz",
            {side: make_backgrounds(side, count, params.seed) for side, count in sides.items()},
            compressed=True,
        )
        _write_description(data)
        _write_cat(data)
        pictures = load_pictures(data)
        if params.labelled.source == "pictures":
            _write_labelled(labelled, pictures, params)
        for name, sheet in picture_sheets(pictures, params.seed):
            sheet.save(plots / f"{name}.png")


def _write_drawings(data: Path) -> None:
    packages, things, artists = drawing_packages(), vocabulary(), artist_sets()
    names = [[name for thing in things for name in thing.drawings.get(artist.style, ())] for artist in artists]
    rows = [
        (index, style)
        for style, artist in enumerate(artists)
        for index, thing in enumerate(things)
        for _ in thing.drawings.get(artist.style, ())
    ]
    rgba: list[Pixels] = []
    # In processes, since the renderer lets no other thread run beside it.
    with ProcessPoolExecutor() as pool, tqdm(total=len(rows), desc="drawings", unit="drawing", disable=None) as bar:
        for drawn in pool.map(partial(rendered, packages, size=SIZE), artists, names):
            rgba.append(drawn)
            bar.update(len(drawn))
    thing_of, style_of = np.array(rows, np.int16).T
    arrays = {"rgba": np.concatenate(rgba), "thing": thing_of, "style": style_of}
    save_arrays(data / "drawings.npz", arrays, compressed=True)


def _write_description(data: Path) -> None:
    things = vocabulary()
    names = [thing.name for thing in things]
    told = {
        "things": names,
        "nouns": [thing.noun for thing in things],
        "kinds": [thing.kind for thing in things],
        "styles": [artist.style for artist in artist_sets()],
        "scenes": SCENES,
        "held_out": {
            "styles": STYLES,
            "things": THINGS,
            "showing": SHOWING,
            "pairs": list(held_out_pairs(names, SCENES)),
        },
        "classes": CLASSES,
        "animals": ANIMALS,
    }
    stage.write_json(data / "pictures.json", told)


def _write_cat(data: Path) -> None:
    photograph = next(row for row in photograph_table() if row.name == CAT)
    with Image.open(io.BytesIO(read_photograph(photograph))) as image:
        cat = image.convert("RGB").resize((CAT_SIZE, CAT_SIZE), Image.Resampling.LANCZOS, box=CAT_BOX)
    cat.save(data / "cat.png")


def _write_labelled(folder: Path, pictures: PictureSet, params: Params) -> None:
    count = len(pictures.classes) * params.labelled.images
    made = labelled_pictures(pictures, params.labelled.images, params.seed)
    drawings = {}
    for picture in tqdm(made, total=count, desc="labelled", unit="picture", disable=None):
        Image.fromarray(picture.pixels).save(folder / picture.file)
        drawings[picture.file] = picture.drawing
    stage.write_json(folder / DRAWINGS, drawings)
    labels = {str(index): file_word(name) for index, name in enumerate(pictures.classes)}
    stage.write_json(folder / "id2label.json", labels)


if __name__ == "__main__":
    stage.run("fetch_pictures", Params, main)
