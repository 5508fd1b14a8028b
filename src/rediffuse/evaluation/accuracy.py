"""Accuracy beside its trivial baseline, by artist, with intervals that are clustered by drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from rediffuse.evaluation import intervals

Flags = npt.NDArray[np.bool_]


def accuracy_summary(
    right: Tensor, baseline: Tensor | None, drawings: Sequence[Any] | Tensor, artists: Sequence[str]
) -> dict[str, Any]:
    """Summarize what a reader and its baseline classify correctly.

    Args:
        right: bool [N].
        baseline: the same of 1-nearest neighbour on pixels, bool [N]; None where it has nothing to compare with.
        drawings: what each picture was made from, [N].
        artists: who drew it, [N]; empty names are left out of ``by_style``.

    Returns:
        ``acc1``, ``low``, ``high``, ``n`` and ``drawings``; ``by_style``: ``acc1``, ``low``, ``high``, ``n`` and
        ``drawings`` of each artist; ``baseline_1nn``: the same of the baseline, and ``lead``, the reader's accuracy
        less the baseline's on the same pictures.
    """
    cluster = np.asarray(drawings)
    found = _by_artist(right.numpy(), cluster, artists)
    if baseline is not None:
        lead = intervals.clustered_difference(right.numpy(), baseline.numpy(), cluster)
        found["baseline_1nn"] = _by_artist(baseline.numpy(), cluster, artists) | {
            "lead": intervals.without_counts(lead)
        }
    return found


def share_of_drawings(right: npt.ArrayLike, cluster: npt.ArrayLike) -> dict[str, float]:
    """``acc1`` with its clustered ``low`` and ``high``, ``n``, and the number of ``drawings``."""
    found = intervals.clustered_proportion(right, cluster)
    return {
        "acc1": found["mean"],
        "low": found["low"],
        "high": found["high"],
        "n": found["n"],
        "drawings": found["clusters"],
    }


def _by_artist(right: Flags, cluster: npt.NDArray[Any], artists: Sequence[str]) -> dict[str, Any]:
    who = np.asarray(artists)
    names = [name for name in np.unique(who).tolist() if name]
    by_style = {name: share_of_drawings(right[who == name], cluster[who == name]) for name in names}
    return {**share_of_drawings(right, cluster), **({"by_style": by_style} if by_style else {})}
