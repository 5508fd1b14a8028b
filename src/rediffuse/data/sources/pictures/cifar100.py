"""CIFAR-100 (Krizhevsky 2009) as a folder of labelled pictures, where the internet can be reached.

torchvision's own reader is not used, since it opens pickles; the binary version of the archive has none.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from rediffuse.data.labelled import write_labelled
from rediffuse.data.sources.shared.downloads import fetching
from rediffuse.data.sources.shared.packages import cache_folder, read_checked
from rediffuse.data.sources.shared.randomness import block_rng
from rediffuse.pipeline.errors import InputError

URL = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
SHA256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"
ROW = 2 + 3 * 32 * 32  # bytes: coarse label, fine label, and the red, green and blue plane of a picture


class Cifar100(NamedTuple):
    """The test part.

    Attributes:
        classes: the names of the fine labels.
        labels: int64 [N].
        images: uint8 [N, 3, 32, 32].
    """

    classes: list[str]
    labels: Tensor
    images: Tensor


def write_cifar100(folder: Path, classes: Sequence[str] | None, per_class: int, seed: int) -> None:
    """Write pictures of CIFAR-100's test part, 32×32, as ``{label}_{id}.png`` with ``id2label.json``.

    The archive is fetched once.

    Args:
        folder: an empty folder.
        classes: labels as CIFAR-100 has them (``pine_tree``), or None for all hundred.
        per_class: pictures of each, drawn from its 100 by ``seed``.

    Raises:
        InputError: the archive cannot be reached or is not the published one, or a class is none of its.
    """
    part = read_archive(fetched())
    unknown = [name for name in classes or () if name not in part.classes]
    if unknown:
        raise InputError(f"classes: found '{unknown[0]}', which is no label of CIFAR-100; its labels have underscores")
    names = tuple(part.classes if classes is None else classes)
    rows, labels = [], []
    for index, name in enumerate(names):
        own = torch.nonzero(part.labels == part.classes.index(name)).flatten()
        order = block_rng(seed, "cifar100", name, 0).permutation(len(own))[:per_class]
        rows.append(own[torch.from_numpy(order).sort().values])
        labels.append(torch.full((len(rows[-1]),), index))
    write_labelled(folder, part.images[torch.cat(rows)], torch.cat(labels), names)


def fetched() -> bytes:
    """The published archive, out of the cache where it lies there.

    Raises:
        InputError: it cannot be reached, or is not the published one.
    """
    from torchvision.datasets.utils import download_url  # imported late: only this source needs torchvision's

    folder = cache_folder("cifar100")
    path = folder / Path(URL).name
    if not path.is_file():
        with fetching("CIFAR-100", "needs the internet, or labelled pictures of your own"):
            download_url(URL, str(folder), path.name)
    return read_checked(path, SHA256)


def read_archive(archive: bytes) -> Cifar100:
    """The test part within the bytes of the archive; nothing is unpacked to disk."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:

        def member(name: str) -> bytes:
            found = tar.extractfile(f"cifar-100-binary/{name}")
            assert found is not None, name
            return found.read()

        classes = member("fine_label_names.txt").decode().split()
        rows = torch.frombuffer(bytearray(member("test.bin")), dtype=torch.uint8).view(-1, ROW)
    return Cifar100(classes, rows[:, 1].long(), rows[:, 2:].reshape(-1, 3, 32, 32))
