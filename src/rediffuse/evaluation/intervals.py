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
    """Compute the interval of a share of items that come in clusters, such as pictures of one drawing.

    The items of one cluster are not independent. The variance of the share is therefore that of a ratio of sums over
    clusters (Cochran 1977, eq. 6.13), and Wilson's formula gets the number of independent items of the same variance,
    reduced by the square of Student's t for few clusters (Korn and Graubard 1998). Where all clusters agree their
    spread is unknown, and each cluster counts as one item. Where each cluster has one item, the interval is Wilson's.

    Args:
        right: booleans, or fractions of 0 to 1, [N].
        cluster: the cluster of each, [N].

    Returns:
        ``mean``, ``low`` and ``high`` in 0 to 1, ``n`` of the items, and ``clusters``. No item leaves 0 to 1 open,
        and the mean is 0.
    """
    values, names = np.asarray(right, dtype=np.float64), np.asarray(cluster)
    if not len(values):
        return {"mean": 0.0, "low": 0.0, "high": 1.0, "n": 0, "clusters": 0}
    share, (variance, clusters) = float(values.mean()), _variance(values, names)
    found = {"mean": share, "n": len(values), "clusters": clusters}
    single = clusters == len(values) and set(np.unique(values)) <= {0.0, 1.0}
    if single or clusters == 1 or variance == 0:
        return {**found, **_wilson(share, clusters)}
    effective = share * (1 - share) / variance * (_z() / _t(clusters)) ** 2
    return {**found, **_wilson(share, min(effective, len(values)))}


def clustered_difference(
    after: npt.ArrayLike, before: npt.ArrayLike, cluster: npt.ArrayLike | None = None, limit: float = 1.0
) -> dict[str, float]:
    """Compute Student's t interval of the mean of paired differences that come in clusters.

    It is narrower than that of two separate means, because what makes an item hard is in both. Where all clusters
    differ alike their spread is unknown: each counts as one item that could have differed by ``limit``.

    Args:
        after, before: the two measures of each item, [N].
        cluster: the cluster of each, [N]; None takes each item by itself.
        limit: the largest difference that is possible, such as 1 of shares; infinity where there is none.

    Returns:
        ``mean``, ``low``, ``high`` in the values' unit, within ±``limit``, ``n`` of the items, and ``clusters``.
    """
    values = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    variance, clusters = _variance(values, np.arange(len(values)) if cluster is None else np.asarray(cluster))
    middle = float(values.mean())
    if clusters > 1 and variance > 0:
        half = _t(clusters) * float(np.sqrt(variance))
    else:
        half = 0.0 if np.isinf(limit) else limit * _wilson(0.0, clusters)["high"]
    low, high = max(-limit, middle - half), min(limit, middle + half)
    return {"mean": middle, "low": low, "high": high, "n": len(values), "clusters": clusters}


def unpaired_difference(after: npt.ArrayLike, before: npt.ArrayLike, limit: float = float("inf")) -> dict[str, float]:
    """Compute Welch's t interval (1947) of the difference of two means of different items.

    Args:
        after, before: values of the items of each group, [N] and [M], N, M ≥ 2.
        limit: the largest difference that is possible, such as 1 of shares.

    Returns:
        ``mean``, ``low`` and ``high`` in the values' unit, within ±``limit``. Where neither group varies, its spread is
        unknown, and the ends are ±``limit``.
    """
    one, other = np.asarray(after, dtype=np.float64), np.asarray(before, dtype=np.float64)
    middle = float(one.mean() - other.mean())
    if one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other) < 1e-24:
        return {"mean": middle, "low": -limit, "high": limit}
    low, high = map(float, stats.ttest_ind(one, other, equal_var=False).confidence_interval(CONFIDENCE))
    return {"mean": middle, "low": max(-limit, low), "high": min(limit, high)}


def _variance(values: npt.NDArray[np.float64], names: npt.NDArray[np.generic]) -> tuple[float, int]:
    """Variance of the mean of items in clusters, and the number of clusters."""
    _, place = np.unique(names, return_inverse=True)
    sums = np.bincount(place, weights=values - values.mean())
    clusters = len(sums)
    spread = float(np.square(sums).sum()) / len(values) ** 2
    return clusters / max(clusters - 1, 1) * (spread if spread > 1e-24 else 0.0), clusters


def _z() -> float:
    return float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def _t(clusters: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, clusters - 1))


def _wilson(share: float, count: float) -> dict[str, float]:
    """Compute the ends of Wilson's interval of a share of ``count`` independent items."""
    z2 = _z() ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return {"low": min(max(0.0, float(middle - half)), share), "high": max(min(1.0, float(middle + half)), share)}


def without_counts(found: dict[str, float]) -> dict[str, float]:
    """``mean``, ``low`` and ``high`` of what the functions here return."""
    return {key: found[key] for key in ("mean", "low", "high")}


def without_mean(found: dict[str, float]) -> dict[str, float]:
    """An interval alone, for a place beside its mean."""
    return {key: value for key, value in found.items() if key != "mean"}


def rounded(content: dict[str, object], digits: int = 6) -> dict[str, object]:
    """The same tree with every float rounded to ``digits`` decimals.

    They are more than any text prints: a number that is rounded to four decimals and then to three can end one off.
    """
    return {
        key: rounded(value, digits)
        if isinstance(value, dict)
        else round(value, digits)
        if isinstance(value, float)
        else value
        for key, value in content.items()
    }
