"""CIFAR-100 becomes a labelled folder; where it cannot be had, one line says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torchvision

from rediffuse.data.labelled import read_labelled
from rediffuse.data.sources.pictures.cifar100 import write_cifar100
from rediffuse.pipeline.errors import InputError

CLASSES = ["apple", "pine_tree", "wolf"]


class FakeCifar:
    """As torchvision's: the brightness of a picture is its number."""

    def __init__(self, root: str, *, train: bool, download: bool) -> None:
        assert not train and download
        self.classes = CLASSES
        self.targets = [index % 3 for index in range(60)]
        self.data = np.full((60, 32, 32, 3), np.arange(60)[:, None, None, None], np.uint8)


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIFFUSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(torchvision.datasets, "CIFAR100", FakeCifar)


def test_chosen_classes_in_the_order_given(tmp_path: Path) -> None:
    write_cifar100(tmp_path, ["wolf", "apple"], 7, 0)
    found = read_labelled(tmp_path)
    assert found.names == ("wolf", "apple") and len(found) == 14
    for image, label in zip(found.images, found.labels.tolist(), strict=True):
        assert CLASSES[int(image[0, 0, 0]) % 3] == found.names[label]
    assert len({int(image[0, 0, 0]) for image in found.images}) == 14  # none twice


def test_a_class_is_the_same_whatever_else_is_asked_for(tmp_path: Path) -> None:
    def wolves(name: str, classes: list[str] | None, seed: int) -> set[int]:
        (tmp_path / name).mkdir()
        write_cifar100(tmp_path / name, classes, 7, seed)
        found = read_labelled(tmp_path / name)
        return {
            int(image[0, 0, 0])
            for image, label in zip(found.images, found.labels.tolist(), strict=True)
            if found.names[label] == "wolf"
        }

    assert wolves("a", None, 0) == wolves("b", ["wolf", "apple"], 0) != wolves("c", ["wolf", "apple"], 1)


def test_bad_class(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 'pine tree', which is no label of CIFAR-100"):
        write_cifar100(tmp_path, ["pine tree"], 7, 0)
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize("error", [RuntimeError("File not found or\ncorrupted."), OSError("no route to host")])
def test_unreachable(error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(torchvision.datasets, "CIFAR100", refuse)
    with pytest.raises(InputError, match=r"CIFAR-100 through torchvision: .*needs the internet") as caught:
        write_cifar100(tmp_path, None, 7, 0)
    assert "\n" not in str(caught.value)
