"""The training face next to a generated one, so that learning by heart shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rediffuse import intervals
from rediffuse.faces.judge import small_grey


@dataclass(frozen=True, eq=False)
class Nearest:
    """Of each generated face, the nearest training face.

    Attributes:
        rows: places among the training faces, int64 [N].
        mirrored: whether it is that face's mirror image, bool [N].
        distance: root mean square pixel difference, 0 to 255, [N].
        scale: that of each training face from its own nearest neighbour, [M].
    """

    rows: npt.NDArray[np.int64]
    mirrored: npt.NDArray[np.bool_]
    distance: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]


def nearest(images: Tensor, faces: npt.NDArray[np.uint8]) -> Nearest:
    """Compare at 25×25 grey, each training face as it is and mirrored.

    Args:
        images: uint8 [N, C, H, W] of any size.
        faces: uint8 [M, 25, 25], M ≥ 2.
    """
    known = torch.from_numpy(faces)[:, None].double()
    both = torch.cat([known, known.flip(-1)])  # [2M, 1, 25, 25]
    found = _distances(small_grey(images), both)
    among = _distances(known, both)
    itself = torch.eye(len(known), dtype=torch.bool).repeat(1, 2)
    closest = found.min(1)
    return Nearest(
        rows=(closest.indices % len(known)).numpy(),
        mirrored=(closest.indices >= len(known)).numpy(),
        distance=closest.values.numpy(),
        scale=among.masked_fill(itself, torch.inf).min(1).values.numpy(),
    )


def nearest_metrics(found: Nearest) -> dict[str, Any]:
    """Mean distance of the generated from the training faces, and of these from each other."""
    means = {"generated": intervals.mean(found.distance), "training": intervals.mean(found.scale)}
    return {
        **{key: row["mean"] for key, row in means.items()},
        **{f"{key}_interval": {"low": row["low"], "high": row["high"]} for key, row in means.items()},
        **{f"{key}_n": row["n"] for key, row in means.items()},
    }


def shown_face(found: Nearest, faces: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
    """The training face next to image ``index``, uint8 [25, 25], turned as it was nearest."""
    face = faces[found.rows[index]]
    return face[:, ::-1] if found.mirrored[index] else face


def _distances(images: Tensor, others: Tensor) -> Tensor:
    difference = torch.cdist(images.double().flatten(1), others.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")
    return difference / images[0].numel() ** 0.5
