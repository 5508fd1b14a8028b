"""B3b: personalization by textual inversion, and two concepts in one picture."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, listing, percent, points, with_interval
from rediffuse.studies.b3b_personalization.metrics import Metrics, Way, Word

STAGE = Metrics.STAGE
KINDS = {"thing": "<new1>, a thing", "style": "<new2>, a style"}
MEASURES = {  # key: its name, and whether it is a share
    "clip_i": ("CLIP-I", False),
    "clip_t": ("CLIP-T without the word", False),
    "judge": ("detected", True),
    "kept": ("rest of the prompt kept", True),
}
WAYS = {"naive": "one prompt", "composed": "composed"}
PARTS = ("thing", "style", "both")
AS = {"naive": "In one prompt", "composed": "Composed,"}


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report showed pictures and gave no number."""
    del references
    numbers = inputs.numbers(Metrics)
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
        "parts": PARTS,
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    naive, composed = numbers.ways["naive"], numbers.ways["composed"]
    both = composed.both.both
    headline = Headline(
        "of composed pictures are read as the new thing in the new style",
        both.value,
        percent(both.value),
        interval(both, 100, 1),
        f"{percent(naive.both.both.value)} with both words in one prompt; "
        f"{percent(composed.alone.both.value)} without the style’s word; n = {numbers.pair_n}",
    )
    return Content([headline], findings(numbers), data)


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    words = [_word(kind, numbers.words[kind], numbers) for kind in KINDS]
    return [*words, _kept(numbers), _asked(numbers), _pair(numbers)]


def _word(kind: str, word: Word, numbers: Metrics) -> Finding:
    clip, judge = (direction(word.change[name]) for name in ("clip_i", "judge"))
    subject = f"The learned word of the {kind}"
    said = {1: "higher", 0: "not distinguishable", -1: "lower"}
    if clip == judge:
        lead = {
            1: f"{subject} is closer to it than its initial word, by CLIP and by the classifier",
            0: f"{subject} is not distinguishable from its initial word, by CLIP or by the classifier",
            -1: f"{subject} is further from it than its initial word, by CLIP and by the classifier",
        }[clip]
    else:
        lead = f"{subject}, against its initial word: CLIP-I is {said[clip]}, the share detected is {said[judge]}"
    first, last, moved = (part.clip_i for part in (word.initial, word.final, word.change))
    before, after, gained = (part.judge for part in (word.initial, word.final, word.change))
    seen = "the pictures that it was learned from" if kind == "thing" else "real pictures in the style"
    text = (
        f"CLIP-I, the similarity to {seen}, goes from {decimal(first.value)} to "
        f"{decimal(last.value)}, {_signed(moved)} noise by noise. The {kind} is detected in {with_interval(before)} of "
        f"the pictures before and in {with_interval(after)} after, {points(gained)}; in real pictures of it in "
        f"{with_interval(word.real)}."
    )
    if kind == "style":
        text += (
            f" The pictures are of {numbers.objects} objects that the word was not learned from. In real pictures by "
            f"other artists the style is detected in {with_interval(numbers.style_false)}."
        )
    return Finding(lead, text)


def _kept(numbers: Metrics) -> Finding:
    moved = {kind: numbers.words[kind].change.kept for kind in KINDS}
    parts = []
    for sign, amount in ((-1, "less"), (1, "more")):
        kinds = [kind for kind in KINDS if direction(moved[kind]) == sign]
        if kinds:
            subject, verb = ("words", "keep") if len(kinds) > 1 else ("word", "keeps")
            parts.append(f"the {subject} of {listing([f'the {kind}' for kind in kinds])} {verb} {amount}")
    lead = (
        "; ".join(parts) + " of the rest of the prompt"
        if parts
        else "No change in the rest of the prompt is distinguishable"
    )
    thing, style = (numbers.words[kind] for kind in KINDS)
    clip_t = [f"{_signed(word.change.clip_t)} for the {kind}" for kind, word in zip(KINDS, (thing, style), strict=True)]
    text = (
        f"The judge reads the scene of the thing’s prompts in {with_interval(thing.initial.kept)} of the pictures "
        f"of the initial word and in {with_interval(thing.final.kept)} of those of the learned word: "
        f"{points(moved['thing'])}. It reads scene and object of the style’s prompts in "
        f"{with_interval(style.initial.kept)} and {with_interval(style.final.kept)}: {points(moved['style'])}. "
        f"In real pictures in that style it reads them in {with_interval(numbers.kept_real)}. CLIP-T, the similarity "
        f"to the prompt without the word, moves by {listing(clip_t)}."
    )
    return Finding(lead[0].upper() + lead[1:], text)


def _asked(numbers: Metrics) -> Finding:
    said = {way: _detected(part) for way, part in numbers.ways.items()}
    if len({*said.values()}) == 1:
        lead = f"With the style’s word beside the thing’s, in one prompt and composed, {said['naive']}"
    else:
        lead = f"With the style’s word beside the thing’s, in one prompt {said['naive']}; composed, {said['composed']}"
    texts = [
        f"{AS[way]} the style is detected in {with_interval(part.both.style)} of the pictures with its word and in "
        f"{with_interval(part.alone.style)} of those of the thing alone, from the same noises: "
        f"{points(part.style_gain)}; the thing in {with_interval(part.both.thing)} and "
        f"{with_interval(part.alone.thing)}: {points(part.thing_gain)}"
        for way, part in numbers.ways.items()
    ]
    return Finding(
        lead,
        f"{'. '.join(texts)}. The share of the style without its word is the classifier’s false-positive rate. No "
        "other style was named for comparison, so some of the change may be that of any further word.",
    )


def _detected(way: Way) -> str:
    """What the style's word does to how often style and thing are detected."""
    moved = {"style": direction(way.style_gain), "thing": direction(way.thing_gain)}
    parts = [
        f"the {name} is detected {'more' if sign > 0 else 'less'} often" for name, sign in moved.items() if sign != 0
    ]
    return listing(parts) if parts else "no change in how often style or thing is detected is distinguishable"


def _pair(numbers: Metrics) -> Finding:
    naive, composed = numbers.ways["naive"], numbers.ways["composed"]
    lead = {
        1: "Composed at its best scales, more pictures show both than in one prompt at its best scale",
        0: "Composed sampling and one prompt, each at its best scales, are not distinguishable in how often both show",
        -1: "Composed at its best scales, fewer pictures show both than in one prompt at its best scale",
    }[direction(numbers.pair_change)]
    rarer = [AS[way].removesuffix(",").lower() for way, part in numbers.ways.items() if direction(part.both_gain) < 0]
    if rarer:
        lead += f"; {listing(rarer)}, both show less often than without the style’s word"
    text = (
        f"Both are detected in {with_interval(naive.both.both)} of the pictures of one prompt at guidance scale "
        f"{naive.scales[0]:g} and in {with_interval(composed.both.both)} of the composed ones at scales "
        f"{listing([f'{scale:g}' for scale in composed.scales])}: {points(numbers.pair_change)} from the same noises. "
        f"Each way’s scales were chosen on the same other noises, out of {len(naive.choosing)} and "
        f"{len(composed.choosing)}, by {listing([_hits(way) for way in (naive, composed)])} in which both were "
        f"detected. Without the style’s word both are detected in {with_interval(naive.alone.both)} and "
        f"{with_interval(composed.alone.both)}; its word changes this by {points(naive.both_gain)} and "
        f"{points(composed.both_gain)}."
    )
    return Finding(lead, text)


def _hits(way: Way) -> str:
    """How many pictures the choice of the scales rests on."""
    found = max(way.choosing.values(), key=lambda share: share.value)
    return f"{round(found.value * (found.n or 0))} of {found.n} pictures"


def _signed(difference: Estimate) -> str:
    return f"{'+' if difference.value > 0 else ''}{decimal(difference.value)} {interval(difference)}"


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    found = {
        "learned": Figure(
            inputs.picture(STAGE, "learned.png"),
            "Two rows of pictures: those that each word is learned from",
            "What the words are learned from, each drawing on one of its scenes.",
        ),
        "pair": Figure(
            inputs.picture(STAGE, "pair.png"),
            "Three rows: the thing’s word alone, both words in one prompt, and composed",
            "The thing alone and both words together, from the same noises; below each what is detected.",
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
            "Four curves over the training: CLIP-I, CLIP-T, share detected, rest of the prompt kept",
            "Bands: 95 % intervals over "
            + (f"{numbers.n} noises." if kind == "thing" else f"{numbers.objects} objects."),
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
