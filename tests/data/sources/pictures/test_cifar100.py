"""CIFAR-100 becomes a labelled folder; where it cannot be had, one line says so."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
import torchvision.datasets.utils

from rediffuse.data.labelled import read_labelled
from rediffuse.data.sources.pictures import cifar100
from rediffuse.data.sources.pictures.cifar100 import write_cifar100
from rediffuse.pipeline.errors import InputError

CLASSES = ["apple", "pine_tree", "wolf"]


def archive() -> bytes:
    """As the published one, of 60 pictures: red is a picture's number, green 100 more, blue 200 less it."""
    rows = [
        bytes([7, index % 3]) + b"".join(bytes([level]) * 1024 for level in (index, index + 100, 200 - index))
        for index in range(60)
    ]
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, content in (("test.bin", b"".join(rows)), ("fine_label_names.txt", "\n".join(CLASSES).encode())):
            info = tarfile.TarInfo(f"cifar-100-binary/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return written.getvalue()


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The archive lies in the cache, and nothing is fetched."""
    folder = tmp_path / "cache"
    (folder / "cifar100").mkdir(parents=True)
    content = archive()
    (folder / "cifar100/cifar-100-binary.tar.gz").write_bytes(content)
    monkeypatch.setenv("REDIFFUSE_CACHE", str(folder))
    monkeypatch.setattr(cifar100, "SHA256", hashlib.sha256(content).hexdigest())
    return folder / "cifar100/cifar-100-binary.tar.gz"


def test_planes_become_colours() -> None:
    part = cifar100.read_archive(archive())
    assert part.classes == CLASSES and part.labels.tolist() == [index % 3 for index in range(60)]
    assert part.images.shape == (60, 3, 32, 32)
    assert part.images[5].flatten(1).unique(dim=1).tolist() == [[5], [105], [195]]


def test_another_archive_is_refused(cache: Path, tmp_path: Path) -> None:
    cache.write_bytes(b"another")
    with pytest.raises(InputError, match=r"cifar-100-binary\.tar\.gz: SHA-256 is .*; delete the file's folder"):
        write_cifar100(tmp_path, None, 7, 0)


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
def test_unreachable(error: Exception, monkeypatch: pytest.MonkeyPatch, cache: Path, tmp_path: Path) -> None:
    cache.unlink()

    def refuse(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(torchvision.datasets.utils, "download_url", refuse)
    with pytest.raises(InputError, match=r"CIFAR-100: .*needs the internet") as caught:
        write_cifar100(tmp_path, None, 7, 0)
    assert "\n" not in str(caught.value)
