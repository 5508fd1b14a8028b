"""95 % intervals of what the studies report."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

CONFIDENCE = 0.95


def proportion(right: npt.ArrayLike) -> dict[str, float]:
    """Wilson's interval (1927) of a share.

    Args:
        right: booleans [N], N ≥ 1.

    Returns:
        ``mean``, ``low`` and ``high`` in 0 to 1, and ``n``.
    """
    right = np.asarray(right, dtype=bool)
    found = stats.binomtest(int(right.sum()), len(right)).proportion_ci(CONFIDENCE, method="wilson")
    return {"mean": float(right.mean()), "low": float(found.low), "high": float(found.high), "n": len(right)}


def mean(values: npt.ArrayLike) -> dict[str, float]:
    """Student's t interval of a mean.

    Args:
        values: float [N], N ≥ 2.

    Returns:
        ``mean``, ``low``, ``high`` in the values' unit, and ``n``.
    """
    values = np.asarray(values, dtype=np.float64)
    spread = stats.sem(values)
    middle = float(values.mean())
    half = float(spread * stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    return {"mean": middle, "low": middle - half, "high": middle + half, "n": len(values)}


def clustered_proportion(right: npt.ArrayLike, cluster: npt.ArrayLike) -> dict[str, float]:
    """Wilson's interval of a share of items that come in clusters, such as pictures of one thing.

    The variance of the share is that of a ratio of sums over clusters (Cochran 1977, eq. 6.13); Wilson's formula gets
    the number of independent items of the same variance (Korn & Graubard 1998), at most all of them. Where all
    items agree nothing tells that variance, and each cluster counts as one item.

    Args:
        right: booleans [N].
        cluster: the cluster of each, [N].

    Returns:
        ``mean``, ``low`` and ``high`` in 0 to 1, and ``n`` of the items; no item leaves 0 to 1 open, its mean 0.
    """
    right, names = np.asarray(right, dtype=bool), np.asarray(cluster)
    if not len(right):
        return {"mean": 0.0, "low": 0.0, "high": 1.0, "n": 0}
    share, count = float(right.mean()), len(np.unique(names))
    residuals = np.array([(right[names == name] - share).sum() for name in np.unique(names)])
    variance = count / max(count - 1, 1) * float(np.square(residuals).sum()) / len(right) ** 2
    effective = min(share * (1 - share) / variance, len(right)) if 0 < share < 1 and variance > 0 else count
    return {"mean": share, **_wilson(share, effective), "n": len(right)}


def clustered_mean(values: npt.ArrayLike, cluster: npt.ArrayLike) -> dict[str, float]:
    """Compute Student's t interval of a mean of fractions that come in clusters, such as pictures of one drawing.

    The items of one cluster are not independent. The interval is therefore that of the clusters' means, each of the
    same weight, clipped to 0 to 1. Its width depends on the number of clusters, and not on how many items each has.
    Where there is one cluster, or all their means agree, their spread is unknown. Wilson's interval of as many
    items as there are clusters takes its place: no fractions spread more than zeros and ones of the same mean.

    Args:
        values: fractions or booleans [N], N ≥ 1.
        cluster: the cluster of each, [N].

    Returns:
        ``mean``, ``low`` and ``high`` in 0 to 1, ``n`` of the items, and ``clusters``.
    """
    values, names = np.asarray(values, dtype=np.float64), np.asarray(cluster)
    means = np.array([values[names == name].mean() for name in np.unique(names)])
    found = mean(means) if np.ptp(means) > 0 else _wilson(float(means[0]), len(means))
    low, high = max(0.0, found["low"]), min(1.0, found["high"])
    return {"mean": float(means.mean()), "low": low, "high": high, "n": len(values), "clusters": len(means)}


def _wilson(share: float, count: float) -> dict[str, float]:
    """Compute the ends of Wilson's interval of a share of ``count`` independent items."""
    z2 = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return {"low": min(max(0.0, float(middle - half)), share), "high": max(min(1.0, float(middle + half)), share)}


def without_mean(found: dict[str, float]) -> dict[str, float]:
    """An interval alone, for a place beside its mean."""
    return {key: value for key, value in found.items() if key != "mean"}


def rounded(content: dict[str, object], digits: int = 4) -> dict[str, object]:
    """The same tree with every float cut to ``digits`` decimals: no metric means more than that."""
    return {
        key: rounded(value, digits)
        if isinstance(value, dict)
        else round(value, digits)
        if isinstance(value, float)
        else value
        for key, value in content.items()
    }
