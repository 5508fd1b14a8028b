"""B3b: personalization by textual inversion, and two concepts in one picture."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE
from rediffuse.page.study import Content, Figure, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import interval, percent
from rediffuse.report.sections.b3b_personalize_findings import KINDS, findings
from rediffuse.studies.b3b_personalization.metrics import Metrics

STAGE = Metrics.STAGE
MEASURES = {  # key: its name, and whether it is a share
    "clip_i": ("CLIP-I", False),
    "clip_t": ("CLIP-T without the word", False),
    "judge": ("detected", True),
    "kept": ("rest of the prompt kept", True),
}
WAYS = {"naive": "one prompt", "composed": "composed"}
PARTS = ("thing", "style", "both")


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
        "shares_note": SHARES_NOTE,
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
        f"{percent(naive.both.both.value)} with both words in one prompt; without the style’s word "
        f"{percent(composed.alone.both.value)} composed and {percent(naive.alone.both.value)} in one prompt; "
        f"n = {numbers.pair_n}",
    )
    return Content([headline], findings(numbers), data)


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
