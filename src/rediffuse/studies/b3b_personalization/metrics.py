"""B3b: all numbers that the study reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from rediffuse.evaluation.metrics import Count, Estimate, Filled, Measured, Number, Part, Share, StageMetrics
from rediffuse.evaluation.shared_metrics import Judge

T = TypeVar("T")


class WordMeasures(Part, Generic[T]):
    """What is measured of a word's pictures."""

    clip_i: Measured
    clip_t: Measured
    judge: T
    kept: T


class Pair(Part):
    """Of pictures, the shares in which the thing, the style, and both are detected."""

    thing: Share
    style: Share
    both: Share


class Ways(Part, Generic[T]):
    """In one prompt, and composed."""

    naive: T
    composed: T


class Scales(Part):
    """Guidance scale of one prompt; composed, of thing and style."""

    naive: Number
    thing: Number
    style: Number


class Own(Part):
    """CLIP-I of a word of the user's."""

    before: Measured
    after: Measured
    change: Measured


@dataclass(frozen=True)
class Word:
    """One learned word: at its initial word, at the end, the change noise by noise, and by step."""

    initial: WordMeasures[Share]
    final: WordMeasures[Share]
    change: WordMeasures[Measured]
    curve: dict[str, WordMeasures[Share]]
    real: Estimate  # share of real pictures of the concept in which it is detected


@dataclass(frozen=True)
class Way:
    """Both words in one picture, generated in one way at the best of its scales."""

    scales: tuple[float, ...]
    choosing: dict[str, Estimate]
    both: Pair  # of the pictures with both words
    alone: Pair  # of those of the thing's word alone
    thing_gain: Estimate  # detected thing, with the style's word minus without it, noise by noise
    style_gain: Estimate
    both_gain: Estimate


class Metrics(StageMetrics):
    """All numbers of ``personalize``."""

    STAGE = "personalize"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "thing.judge.mean",
        "style.judge.mean",
        "pair.naive.mean",
        "pair.composed.mean",
        "pair_change.mean",
    )

    thing_initial: WordMeasures[Share]
    thing: WordMeasures[Share]
    thing_change: WordMeasures[Measured]  # of the learned word less the initial one, noise by noise
    thing_curve: Annotated[dict[str, WordMeasures[Share]], Filled]
    style_initial: WordMeasures[Share]
    style: WordMeasures[Share]
    style_change: WordMeasures[Measured]  # of the learned word less the initial one, noise by noise
    style_curve: Annotated[dict[str, WordMeasures[Share]], Filled]
    thing_real: Share
    style_real: Share
    style_false: Share  # of real pictures by other artists, in which the style is detected
    kept_real: Share  # of real pictures in the style, whose scene and object the judge reads
    judge: Judge
    pair: Ways[Share]  # both detected
    pair_parts: Ways[Pair]
    alone: Ways[Pair]
    thing_gain: Ways[Measured]  # with the style's word minus without it, noise by noise
    style_gain: Ways[Measured]
    both_gain: Ways[Measured]
    pair_change: Measured
    choosing: Ways[Annotated[dict[str, Share], Filled]]  # both, by scales, on the noises that choose
    scales: Scales
    n: Count
    objects: Count
    pair_n: Count
    own: dict[str, Own]

    @property
    def words(self) -> dict[str, Word]:
        """Both words."""
        return {
            kind: Word(
                self[f"{kind}_initial"],
                self[kind],
                self[f"{kind}_change"],
                self[f"{kind}_curve"],
                self[f"{kind}_real"],
            )
            for kind in ("thing", "style")
        }

    @property
    def ways(self) -> dict[str, Way]:
        """Both ways."""
        scales = {"naive": (self.scales.naive,), "composed": (self.scales.thing, self.scales.style)}
        return {
            way: Way(
                scales[way],
                self.choosing[way],
                self.pair_parts[way],
                self.alone[way],
                self.thing_gain[way],
                self.style_gain[way],
                self.both_gain[way],
            )
            for way in ("naive", "composed")
        }
