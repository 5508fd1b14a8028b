"""The stage: its parameters, its outs, and that a failed run leaves nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediffuse.data.digits.dataset import load_digits, load_sets
from rediffuse.data.sources.digits.params import Params
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import validate
from stages import fetch_digits

SIZES = {"train": 120, "val": 200, "test": 30}
GOOD: dict[str, Any] = {"seed": 0, "source": "packages", "folder": None, "mnistm": SIZES, "second": SIZES}


def params(**changes: Any) -> Params:
    return validate(Params, GOOD | changes, "fetch_digits")


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def project(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch_digits, "node_modules", lambda: packages)
    return tmp_path


def test_outs_are_whole_and_the_same_bytes_each_time(project: Path) -> None:
    fetch_digits.main(params())
    first = hashes(project)
    assert sorted(first) == sorted(
        [f"data/digits/{n}_{s}.npz" for n in ("mnistm", "street") for s in SIZES]
        + ["data/digits/sets.json", "plots/fetch_digits/mnistm.png", "plots/fetch_digits/street.png"]
    )
    fetch_digits.main(params())
    assert hashes(project) == first
    described = load_sets("data/digits")
    assert described["names"] == ["mnistm", "street"] and described["source"] == "packages"
    for name in described["names"]:
        assert (
            described["sets"][name]["counts"] == {s: len(load_digits("data/digits", name, s)) for s in SIZES} == SIZES
        )
        origins = described["sets"][name]["origins"]
        for kind in ("fonts", "photographs"):
            assert origins["train"][kind] == origins["val"][kind]
            assert not set(origins["train"][kind]) & set(origins["test"][kind])
    assert str(project) not in json.dumps(described)


def test_seed_moves_every_image(project: Path) -> None:
    fetch_digits.main(params())
    before = [load_digits("data/digits", name, "train").images for name in ("mnistm", "street")]
    fetch_digits.main(params(seed=1))
    after = [load_digits("data/digits", name, "train").images for name in ("mnistm", "street")]
    assert all((a != b).any(axis=(1, 2, 3)).all() for a, b in zip(after, before, strict=True))


def test_failed_run_keeps_what_was_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_digits.main(params())
    before = hashes(project)

    def fail(*_: object) -> None:
        raise InputError("a font is altered")

    monkeypatch.setattr(fetch_digits, "make_street", fail)
    with pytest.raises(InputError):
        fetch_digits.main(params(seed=1))
    assert hashes(project) == before


def test_own_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("mnistm", "svhn"):
        data = project / "own" / name / "data"
        data.mkdir(parents=True)
        for part, count in (("train", 120), ("val", 5)):
            for i in range(count):
                size = (32, 32) if name == "svhn" else (28, 28)
                Image.new("RGB", size, (i, 0, 0)).save(data / f"{part}{i}.png")
            lines = [f"{part}{i}.png,{i % 10}" for i in range(count)]
            (data.parent / f"{part}.csv").write_text("\n".join(["image_name,label", *lines]))
    fetch_digits.main(params(source="folder", folder=str(project / "own")))
    described = load_sets("data/digits")
    assert described["names"] == ["mnistm", "svhn"]
    assert described["sets"]["svhn"]["counts"] == {"train": 60, "val": 60, "test": 5}
    assert "own" not in json.dumps(described)
    train = load_digits("data/digits", "svhn", "train")
    np.testing.assert_array_equal(train.images[:, 0, 0, 0] % 10, train.labels)
    warned = capsys.readouterr().err
    assert "60 images resized to 28x28" in warned and "mnistm" not in warned


@pytest.mark.parametrize(("key", "name"), [("mnistm", "mnistm"), ("second", "street")])
def test_too_few_images_to_validate_with(key: str, name: str, project: Path) -> None:
    with pytest.raises(InputError, match=rf"^fetch_digits\.{key}\.val: found \d images of the digit \d, expected 6"):
        fetch_digits.main(params(**{key: SIZES | {"val": 20}}))
    assert not (project / "data/digits").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "fetch_digits.seed: found -1"),
        ({"source": "web"}, "fetch_digits.source: found 'web'"),
        ({"sorce": 1}, "fetch_digits.sorce: unknown key"),
        ({"mnistm": {"train": 100, "val": 10}}, "fetch_digits.mnistm.test: missing"),
        ({"mnistm": SIZES | {"train": 99}}, "fetch_digits.mnistm.train: found 99"),
        ({"mnistm": SIZES | {"train": 1.5}}, "fetch_digits.mnistm.train: found 1.5"),
        (
            {"mnistm": SIZES | {"train": 59_801}},
            "mnistm asks for 59801 [+] 200 .* 60000 together and 10000",
        ),
        ({"mnistm": SIZES | {"test": 10_001}}, "mnistm asks for .* 10001 to test"),
        ({"source": "torchvision", "second": SIZES | {"train": 73_240}}, "second asks for 73240"),
        ({"source": "folder"}, "folder must name a folder with source folder"),
        ({"folder": "own"}, "folder must name a folder with source folder"),
        ({"folder": ""}, "fetch_digits.folder: found ''"),
    ],
)
def test_wrong_params_are_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        params(**changes)
    assert "\n" not in str(caught.value)


def test_sizes_up_to_the_limit_are_allowed() -> None:
    params(mnistm={"train": 55_000, "val": 5_000, "test": 10_000}, second={"train": 90_000, "val": 10, "test": 10})
    params(source="folder", folder="own", mnistm=SIZES | {"train": 500_000})
