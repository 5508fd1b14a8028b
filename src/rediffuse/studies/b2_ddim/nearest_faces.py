"""Compare generated faces with the training faces, so that copies show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rediffuse.data.faces.mirror import mirror_sum, mirrored
from rediffuse.evaluation import intervals
from rediffuse.studies.b2_ddim.face_judge import small_grey

COPY_PERCENTILE = 1  # of the distances among real faces: a nearer generated face counts as a near-copy


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
    """Compare at 25×25 grey, each training face as it is and mirrored about the faces' axis.

    Args:
        images: uint8 [N, C, H, W] of any size.
        faces: uint8 [M, 25, 25], M ≥ 2.
    """
    known = torch.from_numpy(faces)[:, None].double()
    turned = torch.from_numpy(mirrored(faces, mirror_sum(faces)))[:, None].double()
    both = torch.cat([known, turned])  # [2M, 1, 25, 25]
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


def copy_limit(scale: npt.NDArray[np.float64]) -> float:
    """Return the distance below which a generated face counts as a near-copy.

    It is the first percentile of the distances of real faces to their nearest other face.

    Args:
        scale: of a ``Nearest``, [M].
    """
    return float(np.percentile(scale, COPY_PERCENTILE))


def nearest_metrics(found: Mapping[str, Nearest], gaussian: Nearest) -> dict[str, Any]:
    """Summarize the distances to the training faces, and the share of near-copies.

    Args:
        found: by η, the key of η = 0 first; all of the same number of images.
        gaussian: of samples of ``gaussian_faces``, the control.

    Returns:
        ``generated``: mean distance at η = 0; ``training``: that of a training face from the nearest other one;
        ``copies``: by η, share of generated faces nearer to a training face than ``limit``; ``copies_real``: that of
        training faces nearer to another one; ``copies_gaussian``: that of the control.
    """
    first = next(iter(found.values()))
    limit = copy_limit(first.scale)
    means = {"generated": intervals.mean(first.distance), "training": intervals.mean(first.scale)}
    means["copies_real"] = intervals.proportion(first.scale < limit)
    means["copies_gaussian"] = intervals.proportion(gaussian.distance < limit)
    copies = {key: intervals.proportion(row.distance < limit) for key, row in found.items()}
    return {
        **means,
        "limit": limit,
        "copies": copies,
    }


def shown_faces(found: Nearest, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the training face next to each image, uint8 [N, 25, 25], mirrored where it was nearest so."""
    chosen = faces[found.rows]
    return np.where(found.mirrored[:, None, None], mirrored(chosen, mirror_sum(faces)), chosen)


def _distances(images: Tensor, others: Tensor) -> Tensor:
    difference = torch.cdist(images.double().flatten(1), others.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")
    return difference / images[0].numel() ** 0.5
