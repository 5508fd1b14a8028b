"""torchvision's sets, without the internet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torchvision.datasets

from rediffuse.data.sources.digits import mirrors
from rediffuse.pipeline.errors import InputError

CONTENT = b"the published file"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("REDIFFUSE_CACHE", str(tmp_path))
    return tmp_path / "torchvision"


def fake_svhn(root: str, split: str, download: bool) -> SimpleNamespace:
    Path(root).mkdir(exist_ok=True)
    (Path(root) / f"{split}_32x32.mat").write_bytes(CONTENT)
    levels = np.arange(200, dtype=np.uint8)
    data = np.broadcast_to(levels[:, None, None, None], (200, 3, 32, 32)).copy()
    return SimpleNamespace(data=data, labels=(levels % 10).astype(np.int64))


def test_svhn_is_cut_without_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision.datasets, "SVHN", fake_svhn)
    monkeypatch.setitem(mirrors.SVHN_SHA256, "train", hashlib.sha256(CONTENT).hexdigest())
    train, val = mirrors.read_svhn("train", 150, 0), mirrors.read_svhn("val", 50, 0)
    levels = [int(image[0, 0, 0]) for image in np.concatenate([train.images, val.images])]
    assert sorted(levels) == list(range(200))
    assert [level % 10 for level in levels] == [*train.labels.tolist(), *val.labels.tolist()]
    assert train.images.shape == (150, 28, 28, 3) and train.labels.dtype == np.uint8


def test_another_file_than_the_published_one_is_refused(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(torchvision.datasets, "SVHN", fake_svhn)
    with pytest.raises(
        InputError, match=r"test_32x32\.mat: SHA-256 is .*, expected cdce80df.*; delete the file's folder"
    ):
        mirrors.read_svhn("test", 10, 0)


def test_reduction_is_antialiased() -> None:
    board = np.indices((32, 32)).sum(axis=0) % 2 * np.uint8(255)
    image = np.repeat(board[None, :, :, None], 3, axis=3).astype(np.uint8)
    assert mirrors.reduced(image)[0, 4:-4, 4:-4].std() < 0.5 * image.std()


@pytest.mark.parametrize("fetch", [mirrors.fetch_mnist, lambda: mirrors.read_svhn("test", 10, 0)])
def test_unreachable_mirror_is_one_line(fetch: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: object, **kwargs: object) -> None:
        raise RuntimeError("Error downloading\nfrom all mirrors")

    monkeypatch.setattr(torchvision.datasets, "MNIST", unreachable)
    monkeypatch.setattr(torchvision.datasets, "SVHN", unreachable)
    with pytest.raises(InputError, match=r"through torchvision: Error downloading from .*packages or folder") as caught:
        fetch()
    assert "\n" not in str(caught.value)
