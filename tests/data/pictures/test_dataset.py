"""What fetch_pictures wrote is read back, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rediffuse.data.pictures.dataset import SCENES, load_pictures
from rediffuse.pipeline.arrays import save_arrays
from rediffuse.pipeline.errors import InputError

THINGS = ["cat", "dog", "owl"]


def drawings() -> dict[str, np.ndarray]:
    rgba = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 4), dtype=np.uint8)
    return {"rgba": rgba, "thing": np.array([0, 0, 1, 1, 2, 2], np.int16), "style": np.array([0, 1] * 3, np.int16)}


def backgrounds() -> dict[str, np.ndarray]:
    shape = (len(SCENES), 2, 64, 64, 3)
    return {side: np.full(shape, value, np.uint8) for side, value in (("train", 10), ("test", 200))}


def told() -> dict[str, Any]:
    held = {
        "styles": {"clip": ["b"], "judge": [], "all": []},
        "things": ["owl"],
        "showing": [],
        "pairs": [["cat", "snow"]],
    }
    nouns = ["a cat", "a dog", "an owl"]
    lists = {"things": THINGS, "nouns": nouns, "styles": ["a", "b"], "scenes": list(SCENES)}
    return {**lists, "held_out": held, "classes": ["cat"], "animals": ["dog"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_arrays(tmp_path / "drawings.npz", drawings())
    save_arrays(tmp_path / "backgrounds.npz", backgrounds())
    (tmp_path / "pictures.json").write_text(json.dumps(told()))
    return tmp_path


def test_a_round_trip(folder: Path) -> None:
    pictures = load_pictures(folder)
    assert pictures.rgba.shape == (6, 4, 64, 64)
    assert pictures.rgba[3, 2, 5, 7] == int(drawings()["rgba"][3, 5, 7, 2])
    assert pictures.thing.tolist() == [0, 0, 1, 1, 2, 2]
    assert pictures.things == ("cat", "dog", "owl")
    assert pictures.nouns == ("a cat", "a dog", "an owl")
    assert int(pictures.backgrounds["test"][2, 1, 0, 3, 3]) == 200
    assert pictures.held_out.pairs == {(0, SCENES.index("snow"))}
    assert pictures.rows("clip", "train").tolist() == [0, 2]
    assert pictures.rows("clip", "test").tolist() == [1, 3]
    assert pictures.rows("judge", "train").tolist() == [0, 1, 2, 3]
    assert pictures.held_out_rows("clip", "test").tolist() == [5]
    assert not pictures.allowed_scenes[0, SCENES.index("snow")] and pictures.allowed_scenes.sum() == 14


def test_what_shows_a_held_out_thing_is_held_out_and_not_counted_as_one(folder: Path) -> None:
    changed("pictures", "held_out", {**told()["held_out"], "showing": ["dog"]})(folder)
    pictures = load_pictures(folder)
    assert pictures.held_out.things == {1, 2} and pictures.held_out.showing == {1}
    assert pictures.rows("clip", "train").tolist() == [0] and pictures.rows("clip", "test").tolist() == [1]
    assert pictures.held_out_rows("clip", "train").tolist() == [4]
    assert pictures.held_out_rows("clip", "test").tolist() == [5]


def test_scaled_copies_are_made_once_and_are_averages(folder: Path) -> None:
    pictures = load_pictures(folder)
    assert pictures.premultiplied(32) is pictures.premultiplied(32)
    alpha = pictures.rgba[:, 3:].float() / 255
    assert torch.equal(pictures.premultiplied(64)[:, :3], (pictures.rgba[:, :3] * alpha).round().byte())
    assert torch.equal(pictures.scaled_backgrounds("train", 16), torch.full((5, 2, 3, 16, 16), 10).byte())


def changed(part: str, key: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content: dict[str, Any] = {"drawings": drawings, "backgrounds": backgrounds, "pictures": told}[part]()
        content[key] = value
        if part == "pictures":
            (folder / "pictures.json").write_text(json.dumps(content))
        else:
            save_arrays(folder / f"{part}.npz", content)

    return change


def cut(name: str, keep: int) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:keep]) and None


BAD: list[tuple[Callable[[Path], None], str]] = [
    (lambda folder: (folder / "pictures.json").unlink(), r"pictures\.json: no such file; run the stage"),
    (lambda folder: (folder / "drawings.npz").unlink(), r"drawings\.npz: no such file; run the stage"),
    (cut("pictures.json", 40), r"pictures\.json: not readable as JSON"),
    (cut("drawings.npz", 3000), r"drawings\.npz: not a readable npz"),
    (cut("backgrounds.npz", 0), r"backgrounds\.npz: not a readable npz"),
    (lambda folder: save_arrays(folder / "backgrounds.npz", {"train": backgrounds()["train"]}), "expected the arrays"),
    (changed("drawings", "rgba", np.zeros((6, 32, 32, 4), np.uint8)), r"rgba is uint8\[6, 32, 32, 4\], expected uint8"),
    (changed("drawings", "thing", np.zeros(6, np.int64)), r"thing is int64\[6\], expected int16\[6\]"),
    (changed("drawings", "thing", np.array([0, 0, 1, 1, 2, 3], np.int16)), "thing names none of the 3 things"),
    (changed("drawings", "style", np.array([0, 1, 0, 1, 0, -1], np.int16)), "style names none of the 2 styles"),
    (changed("backgrounds", "test", np.zeros((4, 2, 64, 64, 3), np.uint8)), r"test is uint8\[4, 2, 64, 64, 3\]"),
    (changed("backgrounds", "test", np.zeros((5, 0, 64, 64, 3), np.uint8)), r"test is uint8\[5, 0, 64, 64, 3\]"),
    (changed("pictures", "scenes", ["day"]), r"scenes are \['day'\], expected"),
    (changed("pictures", "nouns", ["a cat"]), "a noun for each thing"),
    (changed("pictures", "things", None), "expected the lists things, nouns"),
    (changed("pictures", "held_out", {}), "held_out is not as expected"),
    (changed("pictures", "held_out", {**told()["held_out"], "things": ["quagga"]}), "held_out is not as expected"),
    (changed("pictures", "held_out", {**told()["held_out"], "showing": ["quagga"]}), "held_out is not as expected"),
]


@pytest.mark.parametrize(("spoil", "line"), BAD, ids=[line for _, line in BAD])
def test_a_bad_folder_is_one_line(folder: Path, spoil: Callable[[Path], None], line: str) -> None:
    spoil(folder)
    with pytest.raises(InputError, match=line) as caught:
        load_pictures(folder)
    assert "\n" not in str(caught.value)
