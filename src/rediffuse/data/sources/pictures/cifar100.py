"""CIFAR-100 (Krizhevsky 2009) as a folder of labelled pictures, where the internet can be reached."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import torch

from rediffuse.data.labelled import write_labelled
from rediffuse.data.sources.shared.packages import cache_folder
from rediffuse.data.sources.shared.randomness import block_rng
from rediffuse.pipeline.errors import InputError


def write_cifar100(folder: Path, classes: Sequence[str] | None, per_class: int, seed: int) -> None:
    """Write pictures of CIFAR-100's test part, 32×32, as ``{label}_{id}.png`` with ``id2label.json``.

    torchvision fetches the archive once, compares its MD5 with the published one, and only then reads
    the pickles inside.

    Args:
        folder: an empty folder.
        classes: labels as CIFAR-100 has them (``pine_tree``), or None for all hundred.
        per_class: pictures of each, drawn from its 100 by ``seed``.

    Raises:
        InputError: the archive cannot be reached or is not the published one, or a class is none of its.
    """
    from torchvision.datasets import CIFAR100  # imported late: only this source needs torchvision's

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            data = CIFAR100(str(cache_folder("torchvision")), train=False, download=True)
    except (OSError, RuntimeError, EOFError) as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(
            f"CIFAR-100 through torchvision: {told}; needs the internet, or labelled pictures of your own"
        ) from None
    unknown = [name for name in classes or () if name not in data.classes]
    if unknown:
        raise InputError(f"classes: found '{unknown[0]}', which is no label of CIFAR-100; its labels have underscores")
    names = tuple(data.classes if classes is None else classes)
    targets = torch.tensor(data.targets)
    rows, labels = [], []
    for index, name in enumerate(names):
        own = torch.nonzero(targets == data.classes.index(name)).flatten()
        order = block_rng(seed, "cifar100", name, 0).permutation(len(own))[:per_class]
        rows.append(own[torch.from_numpy(order).sort().values])
        labels.append(torch.full((len(rows[-1]),), index))
    images = torch.from_numpy(data.data)[torch.cat(rows)].permute(0, 3, 1, 2)
    write_labelled(folder, images, torch.cat(labels), names)
