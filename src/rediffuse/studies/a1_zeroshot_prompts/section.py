"""A1: prompts and the probabilities that they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rediffuse.page.inputs import Estimate, Inputs, Metrics
from rediffuse.page.references import Reference, References
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import direction, interval, listing, percent, points, with_interval

STAGE = "zeroshot_prompts"
HARD = 0.5  # the share of a drawing's pictures up to which the page calls it hard
GOOD = 0.9  # the share of drawn animals from which on the page calls them recognised


@dataclass(frozen=True)
class Row:
    """A prompt, what our photograph and our drawings gave it, and what the report found in this place."""

    text: str
    photograph: float
    drawn: Estimate
    reference: Reference | None


@dataclass(frozen=True)
class Numbers:
    """metrics/zeroshot_prompts.json, checked."""

    animals: Estimate
    nearest: Estimate  # 1-nearest neighbour on pixels, on the same pictures
    lead: Estimate  # of CLIP over it, paired
    drawings: int
    by_animal: dict[str, Estimate]
    each_drawing: dict[str, dict[str, Estimate]]  # of each animal, by the drawing's name
    representation: list[Row]
    descriptions: list[Row]
    drawn_n: int
    templates: dict[str, Estimate]
    changes: dict[str, Estimate]  # of each template from the first, paired
    ensemble: Estimate
    ensemble_change: Estimate  # from the mean of the single templates, paired
    spread: dict[str, float]


def read(metrics: Metrics, references: References) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str) -> Estimate:
        metrics.fraction(*keys, "accuracy")
        n = None if keys[0] in ("templates", "ensemble") else (*keys, "n")
        return metrics.estimate((*keys, "accuracy"), keys, n)

    def moved(*keys: str) -> Estimate:
        return metrics.estimate((*keys, "change", "mean"), (*keys, "change"))

    return Numbers(
        animals=share("animals"),
        nearest=metrics.estimate(("animals", "baseline_1nn", "accuracy"), ("animals", "baseline_1nn")),
        lead=metrics.estimate(("animals", "baseline_1nn", "lead", "mean"), ("animals", "baseline_1nn", "lead")),
        drawings=metrics.count("animals", "drawings"),
        by_animal={name: share("by_animal", name) for name in metrics.names("by_animal")},
        each_drawing={
            name: {
                drawing: share("by_animal", name, "drawings", drawing)
                for drawing in metrics.names("by_animal", name, "drawings")
            }
            for name in metrics.names("by_animal")
        },
        representation=_rows(metrics, "representation", references.zeroshot_representation),
        descriptions=_rows(metrics, "descriptions", references.zeroshot_descriptions),
        drawn_n=metrics.count("drawn_n"),
        templates={text: share("templates", text) for text in metrics.names("templates")},
        changes={text: moved("templates", text) for text in metrics.names("templates")[1:]},
        ensemble=share("ensemble"),
        ensemble_change=moved("ensemble"),
        spread={key: metrics.fraction("spread", key) for key in ("lowest", "highest", "mean")},
    )


def _rows(metrics: Metrics, key: str, references: dict[str, Reference]) -> list[Row]:
    texts = metrics.names("photograph", key)
    given = list(references.values()) if len(references) == len(texts) else [None] * len(texts)
    return [
        Row(
            text,
            metrics.fraction("photograph", key, text),
            metrics.estimate(("drawn", key, text, "mean"), ("drawn", key, text)),
            reference,
        )
        for text, reference in zip(texts, given, strict=True)
    ]


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = read(inputs.metrics(STAGE), references)
    data: dict[str, Any] = {"numbers": numbers, "figures": _figures(inputs, numbers)}
    return Content(_headlines(numbers), findings(numbers), data)


def _headlines(numbers: Numbers) -> list[Headline]:
    photo = numbers.representation[0]
    note = f"the report’s own photograph gave {percent(photo.reference.value)}" if photo.reference else "one photograph"
    return [
        Headline(
            "of drawn animals classified correctly among five",
            numbers.animals.value,
            percent(numbers.animals.value),
            interval(numbers.animals, 100, 1),
            f"{numbers.animals.n} pictures of {numbers.drawings} drawings by held-out artists; 1-nearest "
            f"neighbour on pixels: {percent(numbers.nearest.value)}",
        ),
        Headline(
            f"for “{photo.text}” on our photograph", photo.photograph, percent(photo.photograph), "one picture", note
        ),
    ]


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_animals(numbers), _drawings(numbers), _photograph(numbers), _wording(numbers), _ensemble(numbers)]


def _animals(numbers: Numbers) -> Finding:
    found, chance = numbers.animals, 1 / len(numbers.representation)
    assert found.low is not None and found.high is not None
    if found.low > GOOD:
        lead = "Animals by held-out artists are recognised"
    elif found.low > chance:
        lead = "Animals by held-out artists are classified better than by chance, but not reliably"
        lead = "Animals by held-out artists are mostly recognised" if found.value >= GOOD else lead
    elif found.high < chance:
        lead = "Animals by held-out artists are read worse than by chance"
    else:
        lead = "Animals by held-out artists are not classified better than by chance"
    weakest = min(numbers.by_animal, key=lambda name: numbers.by_animal[name].value)
    text = (
        f"{with_interval(found)} of {found.n} pictures are classified correctly, where chance gives "
        f"{percent(chance)} and 1-nearest neighbour on pixels {with_interval(numbers.nearest)} ({points(numbers.lead)} "
        f"for CLIP on the same pictures). The hardest animal is the {weakest} with "
        f"{with_interval(numbers.by_animal[weakest])}. "
        f"The pictures show only {numbers.drawings} drawings, and pictures of one drawing are not independent, so "
        "the intervals are clustered by drawing."
    )
    return Finding(lead, text)


def _drawings(numbers: Numbers) -> Finding:
    """Whether the errors lie with few drawings."""
    found = {
        f"{animal} by {drawing}": share
        for animal, own in numbers.each_drawing.items()
        for drawing, share in own.items()
    }
    hard = {name: share for name, share in found.items() if share.value <= HARD}
    if not hard:
        lowest = min(found, key=lambda name: found[name].value)
        share = percent(found[lowest].value, 0)
        text = f"The hardest drawing, the {lowest}, is classified correctly in {share} of its pictures."
        return Finding("Every drawing is classified correctly more often than not", text)
    rest = [share for name, share in found.items() if name not in hard]
    lead = f"{percent(_errors(hard.values()) / _errors(found.values()))} of the errors lie with "
    lead += f"{len(hard)} of {len(found)} drawings"
    told = listing([f"the {name} ({percent(share.value, 0)})" for name, share in hard.items()])
    text = f"Read right in half of their pictures or fewer: {told}."
    if rest:
        pictures = sum(_pictures(share) for share in rest)
        text += f" The other {len(rest)} drawings are classified correctly in {percent(1 - _errors(rest) / pictures)}."
    return Finding(lead, text)


def _errors(shares: Iterable[Estimate]) -> float:
    return sum((1 - share.value) * _pictures(share) for share in shares)


def _pictures(share: Estimate) -> int:
    assert share.n is not None
    return share.n


def _photograph(numbers: Numbers) -> Finding:
    best = max(numbers.representation, key=lambda row: row.photograph)
    first = numbers.representation[0]
    right = best.text == first.text
    lead = f"The photograph is read as a {best.text}" + ("" if right else f", though it shows a {first.text}")
    text = f"“{first.text}” gets {percent(first.photograph)}"
    if first.reference:
        text += f", where the report’s CLIP and photograph gave {percent(first.reference.value)}"
    top = max(numbers.descriptions, key=lambda row: row.photograph)
    text += f". Among the descriptions, “{top.text}” leads with {percent(top.photograph)}."
    return Finding(lead, text)


def _wording(numbers: Numbers) -> Finding:
    first, *others = numbers.templates
    base = with_interval(numbers.templates[first])
    if not others:
        return Finding("One template was measured", f"“{first}”: {base}.")
    sides = {way: [f"“{text}”" for text in others if direction(numbers.changes[text]) == way] for way in (-1, 1)}
    words = [f"{word} with {listing(sides[way])}" for way, word in ((-1, "lower"), (1, "higher")) if sides[way]]
    lead = f"No template is distinguishable from “{first}”"
    if words:
        lead = f"Against “{first}”, accuracy is {' and '.join(words)}"
    text = f"“{first}” has {base}. The others differ from it, on the same pictures and clustered by drawing, by "
    text += "; ".join(f"{points(numbers.changes[text])} with “{text}”" for text in others)
    return Finding(lead, f"{text}.")


def _ensemble(numbers: Numbers) -> Finding:
    mean, best = numbers.spread["mean"], numbers.spread["highest"]
    lead = {
        1: "The ensemble of all templates is better than a template taken at random",
        0: "The ensemble of all templates is not distinguishable from a template taken at random",
        -1: "The ensemble of all templates is worse than a template taken at random",
    }[direction(numbers.ensemble_change)]
    text = (
        f"{with_interval(numbers.ensemble)}, against {percent(mean)} as the mean of the single templates, which is "
        f"{points(numbers.ensemble_change)} on the same pictures. The best of them has {percent(best)}, but was only "
        "found by measuring all."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    first = numbers.representation[0].text
    return {
        "photograph": Figure(
            inputs.picture(STAGE, "photograph.png"),
            "A photograph of a cat’s head, as stored and as the model reads it",
            "The photograph, as it is stored and at the resolution at which this CLIP reads it.",
        ),
        "representation": Figure(
            inputs.picture(STAGE, "representation.png"),
            "Bars: probability of each animal for the photograph and for drawings of the first",
            f"First set of prompts. Whiskers: 95 % interval, clustered by drawing, over {numbers.drawn_n} "
            f"pictures of a {first}.",
            "plot",
        ),
        "descriptions": Figure(
            inputs.picture(STAGE, "descriptions.png"),
            "Bars: probability of each description for the photograph and for drawings",
            f"Second set: descriptions of a {first}, none of which is wrong. Whiskers as before.",
            "plot",
        ),
        "animals": Figure(
            inputs.picture(STAGE, "animals.png"),
            "Grid of drawn animals, a row for each, with the answer of the model below each",
            "Pictures by artists whose drawings this CLIP never saw, spread evenly over all; below each the answer and "
            "its probability in percent.",
        ),
        "drawings": Figure(
            inputs.picture(STAGE, "drawings.png"),
            "Grid of all drawings, a row for each animal, with the two answers that each gets most",
            "A picture of each drawing; below it the artist’s set, and the two answers that the drawing’s pictures get "
            "most, in percent of them.",
        ),
        "templates": Figure(
            inputs.picture(STAGE, "templates.png"),
            "Bars: accuracy by template, with intervals, and of their ensemble",
            f"The same {numbers.animals.n} pictures read by each template. Whiskers: 95 % interval, clustered by "
            "drawing.",
            "plot",
        ),
    }


STUDY = Study(
    slug="zeroshot-prompts",
    number="A1",
    title="Zero-shot: what wording does",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pictures of animals in a row, below each what CLIP reads",
        "Drawings by held-out artists; below each CLIP’s answer and its percent.",
    ),
    questions={"embed": "How does CLIP embed pictures and text, and why is the dual encoder strong?"},
)
