"""B3b: the numbers of the study, checked."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Metrics
from rediffuse.page.judges import Judge, read_judge
from rediffuse.pipeline.metrics import Estimate

KINDS = {"thing": "<new1>, a thing", "style": "<new2>, a style"}
MEASURES = {  # key: its name, and whether it is a share
    "clip_i": ("CLIP-I", False),
    "clip_t": ("CLIP-T without the word", False),
    "judge": ("detected", True),
    "kept": ("rest of the prompt kept", True),
}
WAYS = {"naive": "one prompt", "composed": "composed"}
PARTS = ("thing", "style", "both")


@dataclass(frozen=True)
class Word:
    """One learned word: each measure at the initial word, at the end, and its change noise by noise."""

    initial: dict[str, Estimate]
    final: dict[str, Estimate]
    change: dict[str, Estimate]
    curve: dict[str, dict[str, Estimate]]  # by step
    real: Estimate  # share of real pictures of the concept in which it is detected


@dataclass(frozen=True)
class Way:
    """Both words in one picture, generated in one way at the best of its scales."""

    scales: tuple[float, ...]  # guidance scale of one prompt; composed, of thing and style
    choosing: dict[str, Estimate]  # by scales, share with both on the noises that choose
    both: dict[str, Estimate]  # of the pictures with both words: thing, style and both detected
    alone: dict[str, Estimate]  # of those of the thing's word alone
    style_gain: Estimate  # detected style, with its word minus without it, noise by noise
    both_gain: Estimate


@dataclass(frozen=True)
class Numbers:
    """metrics/personalize.json, checked."""

    words: dict[str, Word]
    style_false: Estimate  # share of real pictures by other artists in which the style is detected
    kept_real: Estimate  # of real pictures in the style, whose scene and object the judge reads
    ways: dict[str, Way]
    pair_change: Estimate
    n: int
    objects: int
    pair_n: int
    judge: Judge
    own: dict[str, dict[str, Estimate]]  # CLIP-I of the user's own words: before, after, change


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study.

    Raises:
        InputError: a key is missing or impossible.
    """

    def told(*place: str) -> Estimate:
        return metrics.estimate((*place, "mean"), place)

    def way(name: str) -> Way:
        metrics.fraction("pair", name)
        keys = ("naive",) if name == "naive" else ("thing", "style")
        return Way(
            tuple(metrics.number("scales", key) for key in keys),
            {scales: told("choosing", name, scales) for scales in metrics.names("choosing", name)},
            {part: told("pair_parts", name, part) for part in PARTS},
            {part: told("alone", name, part) for part in PARTS},
            told("style_gain", name),
            told("both_gain", name),
        )

    return Numbers(
        words={kind: _word(metrics, kind) for kind in KINDS},
        style_false=told("style_false"),
        kept_real=told("kept_real"),
        ways={name: way(name) for name in WAYS},
        pair_change=told("pair_change"),
        n=metrics.count("n"),
        objects=metrics.count("objects"),
        pair_n=metrics.count("pair_n"),
        judge=read_judge(metrics),
        own={
            name: {part: told("own", name, part) for part in ("before", "after", "change")}
            for name in (metrics.names("own") if metrics.at("own") else [])
        },
    )


def _word(metrics: Metrics, kind: str) -> Word:
    def told(*place: str) -> Estimate:
        return metrics.estimate((*place, "mean"), place)

    def ends(key: str) -> dict[str, Estimate]:
        return {name: metrics.estimate((key, name), (f"{key}_interval", name)) for name in MEASURES}

    curve = f"{kind}_curve"
    return Word(
        ends(f"{kind}_initial"),
        ends(kind),
        {name: told(f"{kind}_change", name) for name in MEASURES},
        {step: {name: told(curve, step, name) for name in MEASURES} for step in metrics.names(curve)},
        told(f"{kind}_real"),
    )
