"""What changes on the way from one prompt to another, as the judge reads it (study A5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from rediffuse.evaluation import intervals
from rediffuse.evaluation.measures import over_prompts
from rediffuse.evaluation.prompts import index_of
from rediffuse.models.picture_judge.model import PictureJudge, read
from rediffuse.studies.a5_interpolate_prompts.params import PairSection, Params
from rediffuse.studies.a5_interpolate_prompts.study import STUDY, Ways, evenness

Kind = Literal["scene", "thing"]
KINDS: tuple[Kind, ...] = ("scene", "thing")
SEVERAL = 2  # pairs, below which there is no interval over pairs


@dataclass(frozen=True, eq=False)
class Track:
    """Probabilities along slerp's way, of the P pairs whose scene, or whose thing, changes: float32 [P, S, A].

    Attributes:
        start, end: of what the first and the second prompt ask for.
        surest: the highest of any.
    """

    start: Tensor
    end: Tensor
    surest: Tensor


def changes(pair: PairSection, kind: Kind) -> tuple[str, str] | None:
    """The judge's words for the scene, or the thing, of both prompts; None where it stays or is not told."""
    return pair.scenes if kind == "scene" else pair.things


def known_words(judge: PictureJudge, params: Params, kind: Kind) -> Tensor:
    """Places of the words among the judge's, of the pairs that change the kind, int64 [P, 2].

    Raises:
        InputError: the judge does not know a word.
    """
    known = list(judge.config.scenes if kind == "scene" else judge.config.things)
    rows = [
        [index_of(known, word, f"{STUDY}.pairs.{place}.{kind}s") for word in words]
        for place, pair in enumerate(params.pairs)
        if (words := changes(pair, kind)) is not None
    ]
    return torch.tensor(rows, dtype=torch.int64).reshape(-1, 2)


def read_ways(judge: PictureJudge, result: Ways, words: dict[Kind, Tensor], params: Params) -> dict[Kind, Track]:
    """Read the pictures of slerp's way.

    Args:
        words: what ``known_words`` gives for each kind; a kind with fewer than two pairs is left out.
    """
    tracks: dict[Kind, Track] = {}
    images = result.ways["slerp"].images
    for kind, places in words.items():
        if len(places) < SEVERAL:
            continue
        rows = [place for place, pair in enumerate(params.pairs) if changes(pair, kind) is not None]
        reading = read(judge, images[rows].flatten(0, 2))
        said = reading.scenes if kind == "scene" else reading.things
        said = said.unflatten(0, (len(rows), *images.shape[1:3]))  # [P, S, A, names]
        index = places[:, None, None].expand(*said.shape[:3], 2)
        start, end = said.gather(3, index).unbind(3)
        tracks[kind] = Track(start, end, said.amax(3))
    return tracks


def reading_metrics(result: Ways, tracks: dict[Kind, Track], params: Params) -> dict[str, Any]:
    """The judge at the ends and half-way, and the evenness of pairs that change one kind alone.

    Intervals are over pairs. ``dip`` is how much surer the judge is half-way than at the ends, way by way.
    ``scene_less_thing`` is the difference in evenness between pairs that change the scene alone and those that change
    the thing alone. These are different pairs, so its interval is Welch's.
    """
    return {
        "judge": {kind: _track_metrics(track) for kind, track in tracks.items()},
        "by_change": {kind: found for kind in KINDS if (found := _alone(result, params, kind))},
        **_apart(result, params),
    }


def _track_metrics(track: Track) -> dict[str, Any]:
    middle = track.start.shape[2] // 2

    def told(place: int) -> dict[str, Any]:
        return {key: _share(getattr(track, key)[:, :, place]) for key in ("start", "end", "surest")}

    dip = track.surest[..., middle] - (track.surest[..., 0] + track.surest[..., -1]) / 2
    return {
        "first": told(0),
        "middle": told(middle),
        "last": told(-1),
        "dip": intervals.without_counts(over_prompts(dip, (-1.0, 1.0))),
        "pairs": len(track.start),
    }


def _rows(params: Params, kind: Kind) -> list[int]:
    """Places of the pairs that change one kind alone."""
    other: Kind = "thing" if kind == "scene" else "scene"
    return [
        place
        for place, pair in enumerate(params.pairs)
        if changes(pair, kind) is not None and changes(pair, other) is None
    ]


def _apart(result: Ways, params: Params) -> dict[str, Any]:
    rows = [_rows(params, kind) for kind in KINDS]
    if min(len(places) for places in rows) < SEVERAL:
        return {}
    scene, thing = (evenness(result.ways["slerp"].steps[places].double()).mean(1).numpy() for places in rows)
    return {"scene_less_thing": intervals.unpaired_difference(scene, thing, limit=1.0)}


def _alone(result: Ways, params: Params, kind: Kind) -> dict[str, Any] | None:
    rows = _rows(params, kind)
    if len(rows) < SEVERAL:
        return None
    steps = result.ways["slerp"].steps[rows].double()
    largest = steps.amax(2) / steps.sum(2).clamp(min=1e-12)
    return {"evenness": _share(evenness(steps)), "largest_step": _share(largest), "pairs": len(rows)}


def _share(values: Tensor) -> dict[str, float]:
    return intervals.without_counts(over_prompts(values, (0.0, 1.0)))


def curve_rows(result: Ways, tracks: dict[Kind, Track]) -> list[dict[str, Any]]:
    """A row for each kind, α and probability, with its interval over pairs."""
    return [
        {"kind": kind, "what": what, "alpha": alpha, **_share(getattr(track, key)[:, :, place])}
        for kind, track in tracks.items()
        for key, what in (("start", "the first’s"), ("end", "the second’s"), ("surest", "any"))
        for place, alpha in enumerate(result.alphas.tolist())
    ]
