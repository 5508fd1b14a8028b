"""The stage: its outs are the same bytes each time, and a failed run leaves nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import SIZE, load_pictures
from rediffuse.data.sources.pictures import sheets as picture_sheets
from rediffuse.data.sources.pictures.drawings import MANIFEST
from rediffuse.data.sources.pictures.labelled_folder import labelled_pictures
from rediffuse.data.sources.pictures.params import Params
from rediffuse.data.sources.pictures.splits import CLASSES, SHOWING, STYLES, THINGS
from rediffuse.data.sources.pictures.vocabulary import Thing, vocabulary
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import validate
from stages import fetch_pictures
from tests.support.fake_npm import fake_npm

ROOT = Path(__file__).parents[4]
FOLDERS = ("data/pictures", "data/labelled", "plots/fetch_pictures")
LABELLED: dict[str, Any] = {"source": "pictures", "folder": None, "classes": None, "images": 3}
FEW: dict[str, Any] = {"seed": 0, "backgrounds": {"train": 2, "test": 1}, "labelled": LABELLED}


def few_things() -> tuple[Thing, ...]:
    """What the stage needs to run, in four styles: seen by both readers, and held out from each."""
    wanted, styles = {*CLASSES, *THINGS, *SHOWING, *picture_sheets.SHOWN}, {"noto", *chain(*STYLES.values())}
    return tuple(
        replace(thing, drawings={style: names for style, names in thing.drawings.items() if style in styles})
        for thing in vocabulary()
        if thing.name in wanted
    )


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for name in FOLDERS for path in (folder / name).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def ran(folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        folder.mkdir()
        (folder / "data").mkdir()
        (folder / MANIFEST).symlink_to(ROOT / MANIFEST)
        patch.chdir(folder)
        patch.setattr(fetch_pictures, "vocabulary", few_things)
        fetch_pictures.main(validate(Params, FEW, "fetch_pictures"))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("fetch") / "one")


def test_two_runs_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = hashes(ran(tmp_path / "two"))
    assert again == hashes(made)
    sheets = {f"plots/fetch_pictures/{name}.png" for name in ("drawings", "scenes", "captions", "defects", "labelled")}
    assert sheets <= set(again)


def test_what_is_written_is_read_back(made: Path) -> None:
    pictures = load_pictures(made / "data/pictures")
    assert pictures.things == tuple(thing.name for thing in few_things())
    assert len(pictures.thing) == sum(len(names) for thing in few_things() for names in thing.drawings.values())
    assert pictures.backgrounds["train"].shape[:2] == (5, 2)
    assert {pictures.things[index] for index in pictures.held_out.things} == {*THINGS, *SHOWING}
    assert {pictures.things[index] for index in pictures.held_out.showing} == set(SHOWING)
    alpha = pictures.rgba[:, 3]
    assert (alpha.amax((1, 2)) > 200).all(), "a drawing shows nothing"
    assert ((alpha == 0).float().mean((1, 2)) > 0.01).all(), "a drawing has no transparent part"
    with Image.open(made / "data/pictures/cat.png") as cat:
        assert cat.size == (224, 224) and cat.mode == "RGB"


def test_the_labelled_folder(made: Path) -> None:
    folder = made / "data/labelled"
    labels = json.loads((folder / "id2label.json").read_text())
    assert list(labels) == [str(index) for index in range(50)]
    assert tuple(name.replace("_", " ") for name in labels.values()) == CLASSES
    files = {path.name for path in folder.glob("*.png")}
    assert files == {f"{name}_{index}.png" for name in labels.values() for index in range(3)}
    drawings = json.loads((folder / "drawings.json").read_text())
    assert set(drawings) == files and {name.split("/")[0] for name in drawings.values()} == {"twemoji", "fxemoji"}
    with Image.open(folder / "palm_tree_1.png") as image:
        assert image.size == (64, 64) and image.mode == "RGB"


def test_labelled_pictures_are_in_unseen_styles_and_each_alone_reproducible(made: Path) -> None:
    pictures = load_pictures(made / "data/pictures")
    unseen = {pictures.styles.index(name) for name in (*STYLES["clip"], *STYLES["all"])}
    rows = pictures.rows("clip", "test")
    assert set(pictures.style[rows].tolist()) == unseen
    fewer = {made.file: made.pixels for made in labelled_pictures(pictures, 1, 0)}
    made_three = list(labelled_pictures(pictures, 3, 0))
    more = {made.file: made.pixels for made in made_three}
    for picture in made_three:
        artist, row = picture.drawing.split("/")
        assert pictures.styles[pictures.style[int(row)]] == artist and int(row) in rows
        thing = pictures.things[pictures.thing[int(row)]]
        assert picture.file.rpartition("_")[0] == thing.replace(" ", "_")
    assert all((more[name] == picture).all() for name, picture in fewer.items())
    # Made once more from what the stage is said to draw: a known drawing, a test background.
    drawing = rows[pictures.thing[rows] == pictures.things.index("cat")][:1]
    scenes = [
        compose(
            pictures,
            draw_recipe(pictures, drawing, generator(0, "labelled/cat", 0), side="test", scene=torch.tensor([scene])),
            SIZE,
            "test",
        )[0]
        for scene in range(5)
    ]
    assert any((scene.permute(1, 2, 0).numpy() == more["cat_0.png"]).all() for scene in scenes)
    assert len({np.asarray(picture).tobytes() for picture in more.values()}) == len(more)


def test_a_failed_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, "exit 1", monkeypatch)
    (tmp_path / "data").mkdir()
    (tmp_path / MANIFEST).symlink_to(ROOT / MANIFEST)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="npm ci failed"):
        fetch_pictures.main(validate(Params, FEW, "fetch_pictures"))
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["npm_pictures"]
    assert not (tmp_path / "plots").exists() or not list((tmp_path / "plots").iterdir())


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"backgrounds": {"train": 0, "test": 1}}, "fetch_pictures.backgrounds.train"),
        ({"labelled": {**LABELLED, "images": 51}}, "fetch_pictures.labelled.images"),
        ({"labelled": {**LABELLED, "images": True}}, "fetch_pictures.labelled.images"),
        ({"backgrounds": {"train": 2}}, "fetch_pictures.backgrounds.test"),
        ({"styles": 9}, "fetch_pictures.styles"),
    ],
)
def test_a_wrong_parameter_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=key):
        validate(Params, FEW | change, "fetch_pictures")


def test_a_faulty_labelled_folder_is_told_before_a_drawing_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unexpected(_: Path) -> None:
        raise AssertionError("drawings were rendered before the folder was read")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch_pictures, "_write_drawings", unexpected)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/id2label.json").write_text('{"0": "apple"}')
    Image.new("RGB", (8, 8)).save(tmp_path / "own/0_1.png")
    section = FEW | {"labelled": {**LABELLED, "source": "folder", "folder": "own"}}
    with pytest.raises(InputError, match=r"own/id2label\.json: found one class, 'apple'; expected 2 or more"):
        fetch_pictures.main(validate(Params, section, "fetch_pictures"))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["0_1.png", "id2label.json"]
