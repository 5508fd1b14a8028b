"""B3b: personalization by textual inversion, and two concepts in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.report.wording import decimal, direction, interval, percent, points, with_interval

STAGE = "personalize"
KINDS = {"thing": "<new1>, a thing", "style": "<new2>, a style"}
MEASURES = {"clip_i": "CLIP-I", "clip_t": "CLIP-T", "judge": "told by the judge’s features"}
WAYS = ("naive", "composed")


@dataclass(frozen=True)
class Word:
    """One learned word: each measure at the initial word, at the end, and its change noise by noise."""

    initial: dict[str, Estimate]
    final: dict[str, Estimate]
    change: dict[str, Estimate]
    curve: dict[str, dict[str, Estimate]]  # by step
    real: Estimate  # of real pictures of the concept


@dataclass(frozen=True)
class Numbers:
    """metrics/personalize.json, checked."""

    words: dict[str, Word]
    pair: dict[str, Estimate]
    pair_change: Estimate
    parts: dict[str, dict[str, Estimate]]  # by way: thing and style
    choosing: dict[str, Estimate]
    scales: dict[str, float]
    n: int
    pair_n: int
    own: dict[str, dict[str, Estimate]]  # CLIP-I of the user's own words: before, after, change


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def told(*place: str) -> Estimate:
        return metrics.estimate((*place, "mean"), place)

    def ends(key: str) -> dict[str, Estimate]:
        return {name: metrics.estimate((key, name), (f"{key}_interval", name)) for name in MEASURES}

    def word(kind: str) -> Word:
        curve = f"{kind}_curve"
        return Word(
            ends(f"{kind}_initial"),
            ends(kind),
            {name: told(f"{kind}_change", name) for name in MEASURES},
            {step: {name: told(curve, step, name) for name in MEASURES} for step in metrics.names(curve)},
            told(f"{kind}_real"),
        )

    for way in WAYS:
        metrics.fraction("pair", way)
    return Numbers(
        words={kind: word(kind) for kind in KINDS},
        pair={way: metrics.estimate(("pair", way), ("pair_interval", way)) for way in WAYS},
        pair_change=told("pair_change"),
        parts={way: {kind: told("pair_parts", way, kind) for kind in KINDS} for way in WAYS},
        choosing={scale: told("choosing", scale) for scale in metrics.names("choosing")},
        scales={kind: metrics.number("scales", kind) for kind in KINDS},
        n=metrics.count("n"),
        pair_n=metrics.count("pair_n"),
        own={
            name: {part: told("own", name, part) for part in ("before", "after", "change")}
            for name in (metrics.names("own") if metrics.at("own") else [])
        },
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report showed pictures and gave no number."""
    del references
    numbers = read(inputs.metrics(STAGE))
    frames = inputs.frames(STAGE)
    scrubber = Scrubber(
        "personalize-steps",
        "Training step",
        tuple(frame.picture for frame in frames),
        tuple(f"step {frame.number:g}" for frame in frames),
        "Pictures drawn with the new words while they are learned",
        "Above with the thing’s word, below with the style’s, always from the same noises.",
    )
    data: dict[str, Any] = {
        "numbers": numbers,
        "kinds": KINDS,
        "measures": MEASURES,
        "ways": WAYS,
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    both = numbers.pair["composed"]
    headline = Headline(
        "of composed pictures show the new thing in the new style",
        both.value,
        percent(both.value),
        interval(both, 100, 1),
        f"{percent(numbers.pair['naive'].value)} with both words in one prompt; n = {numbers.pair_n}",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [*(_word(kind, numbers.words[kind]) for kind in KINDS), _price(numbers), _pair(numbers)]


def _word(kind: str, word: Word) -> Finding:
    clip, judge = (direction(word.change[name]) > 0 for name in ("clip_i", "judge"))
    subject = f"The word of the {kind}"
    if clip and judge:
        lead = f"{subject} beats the word that it starts from, by CLIP and by the judge’s features"
    elif clip or judge:
        lead = f"{subject} beats the word that it starts from by {'CLIP' if clip else 'the judge'} alone"
    else:
        lead = f"{subject} is no better than the word that it starts from, as far as can be told"
    first, last, moved = (part["clip_i"] for part in (word.initial, word.final, word.change))
    before, after = (part["judge"] for part in (word.initial, word.final))
    text = (
        f"The closeness to what it is learned from, CLIP-I, goes from {decimal(first.value)} to {decimal(last.value)}, "
        f"{decimal(moved.value)} {interval(moved)} noise by noise. The judge’s features tell the {kind} in "
        f"{with_interval(before)} of the pictures before and in {with_interval(after)} after; in real pictures of it "
        f"in {with_interval(word.real)}."
    )
    return Finding(lead, text)


def _price(numbers: Numbers) -> Finding:
    falls = [kind for kind in KINDS if direction(numbers.words[kind].change["clip_t"]) < 0]
    if len(falls) == len(KINDS):
        lead = "What the words gain in likeness they lose in what the prompt says"
    elif falls:
        lead = f"The word of the {falls[0]} loses some of what the prompt says"
    else:
        lead = "No loss of what the prompt says can be told"
    parts = [
        f"CLIP-T of the {kind} moves by {decimal(numbers.words[kind].change['clip_t'].value)} "
        f"{interval(numbers.words[kind].change['clip_t'])}"
        for kind in KINDS
    ]
    return Finding(lead, f"{'; '.join(parts)}: its prompt has the ordinary word, or no style, in the new one’s place.")


def _pair(numbers: Numbers) -> Finding:
    lead = {
        1: "A branch and a scale for each concept draw both together more often than one prompt does",
        0: "Whether a branch and a scale for each concept do better than one prompt cannot be told",
        -1: "A branch and a scale for each concept do worse than one prompt",
    }[direction(numbers.pair_change)]
    parts = {
        way: f"thing {percent(found['thing'].value)}, style {percent(found['style'].value)}"
        for way, found in numbers.parts.items()
    }
    text = (
        f"Both are there in {with_interval(numbers.pair['naive'])} of the pictures of one prompt ({parts['naive']}) "
        f"and in {with_interval(numbers.pair['composed'])} of the composed ones ({parts['composed']}): "
        f"{points(numbers.pair_change)} from the same noises."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    found = {
        "learned": Figure(
            inputs.picture(STAGE, "learned.png"),
            "Two rows of pictures: those that each word is learned from",
            "What the words are learned from, each drawing on one of its scenes.",
        ),
        "pair": Figure(
            inputs.picture(STAGE, "pair.png"),
            "Two rows: both words in one prompt, and composed",
            "Both words together, from the same noises; below what the judge’s features tell.",
        ),
        "harder": Figure(
            inputs.picture(STAGE, "harder.png"),
            "Two rows of the harder prompt: in one prompt, and composed",
            "The harder prompt, the nearest that our captions can say to the report’s; not judged.",
        ),
    }
    if numbers.own:
        found["own"] = Figure(
            inputs.picture(STAGE, "own.png"),
            "Three rows for each concept: your pictures, then what the initial and the learned word draw",
            "Your own concepts; both words draw from the same noises.",
        )
    for kind in KINDS:
        found[kind] = Figure(
            inputs.picture(STAGE, f"{kind}.png"),
            f"Grid: a row for each step of learning the word of the {kind}, a column for each noise",
            f"The word of the {kind}, from its initial word on.",
        )
        found[f"{kind}_curves"] = Figure(
            inputs.picture(STAGE, f"{kind}_curves.png"),
            "Three curves over the training: CLIP-I, CLIP-T, and what the judge’s features tell",
            f"Bands: 95 % intervals over {numbers.n} noises.",
            "plot",
        )
    return found


STUDY = Study(
    slug="personalize",
    number="B3b",
    title="Personalization",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pictures in a row, the new word’s training pictures and then generated ones",
        "Left pictures from which the new word is learned, right what it generates.",
    ),
    questions={"several": "Several personalized concepts at once, and a paper’s method for it?"},
)
