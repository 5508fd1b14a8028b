"""What study A6 reports in numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rediffuse.evaluation import intervals
from rediffuse.studies.a6_edit_attribute.study import Edited, EditResult

MEASURES = ("changed", "kept", "both", "edges")


def edit_metrics(result: EditResult) -> dict[str, Any]:
    """All that is reported in numbers: shares of the right sources, and under ``unconditional`` of all."""
    edited, best, rows = result.edited, result.best, result.edited.right
    curve = {f"{scale:g}": _shares(edited, place) for place, scale in enumerate(result.scales)}
    every = torch.ones_like(rows)
    return {
        "best": {
            "scale": result.scales[best],
            **curve[f"{result.scales[best]:g}"],
            "n": int(rows.sum()),
            "unconditional": {**_counted(edited, best, every), "n": len(rows)},
        },
        "redrawn": _shares(result.redrawn, 0),
        "push": {
            "from": result.scales[1],
            "to": result.scales[-1],
            **_moved((edited, len(result.scales) - 1), (edited, 1)),
        },
        "against_redrawn": {
            key: {"scale": result.scales[place], **_moved((edited, place), (result.redrawn, 0))}
            for key, place in (("best", best), ("equal", result.equal))
        },
        "random_pair": _mean(result.random_pair[rows], edited.thing[rows]),
        "source": {
            key: intervals.clustered_proportion(shown, edited.thing)
            for key, shown in (("scene", edited.scene), ("thing", edited.known), ("right", rows))
        },
        "things": {"all": len(edited.thing.unique()), "right": len(edited.thing[rows].unique())},
        "curve": curve,
        "choosing": {
            "n": int(result.choosing.right.sum()),
            "both": {
                f"{scale:g}": _counted(result.choosing, place, result.choosing.right)["both"]["mean"]
                for place, scale in enumerate(result.scales)
                if place
            },
        },
    }


def _moved(after: tuple[Edited, int], before: tuple[Edited, int]) -> dict[str, dict[str, float]]:
    """Compute paired differences of two ways to edit the same right sources, the intervals clustered by thing.

    Where no source is right, nothing is known and the intervals are open.
    """
    rows, thing = after[0].right, after[0].thing[after[0].right]
    if not len(thing):
        return {key: {"mean": 0.0, "low": -1.0, "high": 1.0} for key in MEASURES}
    return {
        key: intervals.without_counts(intervals.clustered_difference(ours[rows], theirs[rows], thing))
        for key, ours, theirs in zip(MEASURES, _measured(*after), _measured(*before), strict=True)
    }


def _measured(edited: Edited, place: int) -> tuple[Tensor, ...]:
    changed, kept = edited.changed[place], edited.kept[place]
    return tuple(part.double() for part in (changed, kept, changed & kept, edited.edges[place]))


def _shares(edited: Edited, place: int) -> dict[str, Any]:
    found = _counted(edited, place, edited.right)
    found["edges"] = _mean(edited.edges[place][edited.right], edited.thing[edited.right])
    return found | {"unconditional": _counted(edited, place, torch.ones_like(edited.right))}


def _counted(edited: Edited, place: int, rows: Tensor) -> dict[str, Any]:
    """Shares of some pictures, the intervals by thing beside them."""
    changed, kept, thing = edited.changed[place][rows], edited.kept[place][rows], edited.thing[rows]
    return {
        key: intervals.without_counts(intervals.clustered_proportion(values, thing))
        for key, values in (("changed", changed), ("kept", kept), ("both", changed & kept))
    }


def _mean(values: Tensor, thing: Tensor) -> dict[str, float]:
    """The mean over things of their mean, in 0 to 1, with Student's interval; open where there is one thing at most."""
    each = [float(values[thing == one].double().mean()) for one in thing.unique()]
    if len(each) < 2:
        return {"mean": each[0] if each else 0.0, "low": 0.0, "high": 1.0}
    found = intervals.mean(each)
    return {"mean": found["mean"], "low": max(0.0, found["low"]), "high": min(1.0, found["high"])}
