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
