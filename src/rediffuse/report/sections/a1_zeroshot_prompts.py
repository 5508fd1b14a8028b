"""A1: prompts and the probabilities that they give."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import Reference, References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import direction, interval, listing, percent, points, with_interval
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics

STAGE = Metrics.STAGE


@dataclass(frozen=True)
class Row:
    """A prompt, what our photograph and our drawings gave it, and what the report found in this place."""

    text: str
    photograph: float
    drawn: Estimate
    reference: Reference | None


@dataclass(frozen=True)
class Rows:
    """Both sets of prompts."""

    representation: list[Row]
    descriptions: list[Row]


def rows_of(numbers: Metrics, references: References) -> Rows:
    """The prompts, each beside what the report found in its place."""
    return Rows(
        _rows(numbers, "representation", references.zeroshot_representation),
        _rows(numbers, "descriptions", references.zeroshot_descriptions),
    )


def _rows(numbers: Metrics, key: str, references: dict[str, Reference]) -> list[Row]:
    shares, drawn = numbers.photograph[key], numbers.drawn[key]
    given = list(references.values()) if len(references) == len(shares) else [None] * len(shares)
    return [
        Row(text, share, drawn[text], reference) for (text, share), reference in zip(shares.items(), given, strict=True)
    ]


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    rows = rows_of(numbers, references)
    data: dict[str, Any] = {"numbers": numbers, "rows": rows, "figures": _figures(inputs, numbers)}
    return Content(_headlines(numbers, rows), findings(numbers, rows), data)


def _headlines(numbers: Metrics, rows: Rows) -> list[Headline]:
    animals, photo = numbers.animals, rows.representation[0]
    note = f"the report’s own photograph gave {percent(photo.reference.value)}" if photo.reference else "one photograph"
    return [
        Headline(
            "of drawn animals classified correctly among five",
            animals.accuracy,
            percent(animals.accuracy),
            interval(animals.ours, 100, 1),
            f"{animals.n} pictures of {animals.drawings} drawings by {artists(numbers)}; 1-nearest "
            f"neighbour on pixels: {percent(animals.baseline_1nn.accuracy)}",
        ),
        Headline(
            f"for “{photo.text}” on our photograph", photo.photograph, percent(photo.photograph), "one picture", note
        ),
    ]


def findings(numbers: Metrics, rows: Rows) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_animals(numbers, rows), _drawings(numbers), _photograph(rows), _wording(numbers), _ensemble(numbers)]


def artists(numbers: Metrics) -> str:
    """The number of artists that made the animals' drawings; a drawing is named by its artist's set and a number."""
    sets = {re.sub(r" \d+$", "", name) for animal in numbers.by_animal.values() for name in animal.drawings}
    return "one held-out artist" if len(sets) == 1 else f"{len(sets)} held-out artists"


def _animals(numbers: Metrics, rows: Rows) -> Finding:
    found, nearest, chance = numbers.animals.ours, numbers.animals.baseline_1nn, 1 / len(rows.representation)
    assert found.low is not None and found.high is not None
    above = {
        1: "is higher than chance",
        0: "is not distinguishable from chance",
        -1: "is lower than chance",
    }[direction(Estimate(found.value - chance, found.low - chance, found.high - chance))]
    beside = {
        1: "higher than that of the 1-nearest neighbour on pixels",
        0: "not distinguishable from that of the 1-nearest neighbour on pixels",
        -1: "lower than that of the 1-nearest neighbour on pixels",
    }[direction(nearest.lead)]
    lead = f"CLIP’s accuracy on drawings of animals by {artists(numbers)} {above}, and {beside}"
    lowest = min(numbers.by_animal, key=lambda name: numbers.by_animal[name].accuracy)
    text = (
        f"{with_interval(found)} of {found.n} pictures are classified correctly, where chance gives {percent(chance)} "
        f"and 1-nearest neighbour on pixels {with_interval(nearest.ours)} ({points(nearest.lead)} for CLIP on the same "
        f"pictures). The lowest accuracy is that on the {lowest}, {with_interval(numbers.by_animal[lowest].ours)}; "
        "animals were not tested against each other. The pictures show only "
        f"{numbers.animals.drawings} drawings, and pictures of one drawing are not independent, so the intervals are "
        "clustered by drawing. The artists were also the development set, so CLIP’s accuracy is optimistic."
    )
    return Finding(lead, text)


def _drawings(numbers: Metrics) -> Finding:
    """Whether the errors lie with one animal."""
    errors = {name: _errors(animal.ours) for name, animal in numbers.by_animal.items()}
    worst, total = max(errors, key=lambda name: errors[name]), sum(errors.values())
    if total == 0:
        return Finding("No picture of an animal is classified wrongly", f"All {numbers.animals.n} are right.")
    share = errors[worst] / total
    lead = f"No animal has more than half of CLIP’s {total} errors"
    if share > 0.5:
        lead = f"{percent(share)} of CLIP’s errors are on drawings of one animal, the {worst}"
    drawings = numbers.by_animal[worst].drawings
    clauses = listing([f"{_named(worst, name)} {percent(one.accuracy, 0)}" for name, one in drawings.items()])
    rest = [animal.ours for name, animal in numbers.by_animal.items() if name != worst]
    text = f"{errors[worst]} of {total} errors are on the {worst}, which was picked by its errors. By drawing, CLIP "
    text += f"classifies correctly: {clauses}."
    if rest:
        right = 1 - sum(map(_errors, rest)) / sum(one.n or 0 for one in rest)
        text += f" Of the pictures of the other animals it classifies {percent(right)} correctly."
    return Finding(lead, text)


def _errors(share: Estimate) -> int:
    return round((1 - share.value) * (share.n or 0))


def _named(animal: str, drawing: str) -> str:
    """``dog 1 by twemoji`` of the drawing ``twemoji 1``: an artist's set, and a number where it has several."""
    artist, _, number = drawing.rpartition(" ")
    return f"{animal} {number} by {artist}" if artist and number.isdecimal() else f"{animal} by {drawing}"


def _photograph(rows: Rows) -> Finding:
    best = max(rows.representation, key=lambda row: row.photograph)
    first = rows.representation[0]
    right = best.text == first.text
    lead = f"The photograph is read as {_article(best.text)} {best.text}"
    lead += "" if right else f", though it shows {_article(first.text)} {first.text}"
    text = f"“{first.text}” gets {percent(first.photograph)}"
    text += "" if right else f" and “{best.text}” {percent(best.photograph)}"
    if first.reference:
        text += f"; “{first.text}” got {percent(first.reference.value)} from the report’s CLIP on its photograph"
    text += f". Drawings of the {first.text} get {percent(first.drawn.value)} for “{first.text}” in the mean."
    top = max(rows.descriptions, key=lambda row: row.photograph)
    text += f" Among the descriptions, “{top.text}” leads with {percent(top.photograph)}."
    drawn, *others = sorted(rows.descriptions, key=lambda row: row.drawn.value, reverse=True)
    text += f" On drawn pictures {'it' if drawn.text == top.text else f'“{drawn.text}”'} has the highest mean, "
    text += percent(drawn.drawn.value)
    text += f" against {percent(others[0].drawn.value)} of the next; this was not tested." if others else "."
    return Finding(lead, text)


def _article(name: str) -> str:
    return "an" if name[:1] in set("aeiou") else "a"


def _wording(numbers: Metrics) -> Finding:
    first, *others = numbers.templates
    base = with_interval(numbers.templates[first].ours)
    if not others:
        return Finding("One template was measured", f"“{first}”: {base}.")
    changes = {text: numbers.templates[text].change or Estimate(0.0) for text in others}
    same = [text for text in others if numbers.templates[text].drawings_changed == 0]
    sides = {way: [f"“{text}”" for text in others if direction(changes[text]) == way] for way in (-1, 1)}
    words = [f"{word} with {listing(sides[way])}" for way, word in ((-1, "lower"), (1, "higher")) if sides[way]]
    lead = f"No template is distinguishable from “{first}”"
    if words:
        lead = f"Against “{first}”, accuracy is {' and '.join(words)}"
    sentences = [f"“{first}” has {base}."]
    if same:
        clauses = listing([f"“{text}”" for text in same])
        sentences.append(f"With {clauses}, every drawing has the same accuracy as with “{first}”.")
    if moved := [f"{points(changes[text])} with “{text}”" for text in others if text not in same]:
        sentences.append(f"The difference on the same pictures, clustered by drawing, is {'; '.join(moved)}.")
    return Finding(lead, " ".join(sentences))


def _ensemble(numbers: Metrics) -> Finding:
    ways = [direction(found.ensemble_less) for found in numbers.templates.values()]
    words = {1: "better than", -1: "worse than", 0: "not distinguishable from"}
    clauses = listing([f"{word} {ways.count(way)}" for way, word in words.items() if way in ways])
    mean = {1: "higher than", 0: "not distinguishable from", -1: "lower than"}[direction(numbers.ensemble.change)]
    middle, own = median(found.accuracy for found in numbers.templates.values()), numbers.ensemble.accuracy
    place = "above" if own > middle else "below" if own < middle else "equal to"
    text = (
        f"Its accuracy is {with_interval(numbers.ensemble.ours)}. That is {mean} the mean of the single templates, "
        f"{percent(numbers.spread.mean)}: {points(numbers.ensemble.change)} on the same pictures. It is {place} their "
        f"median, {percent(middle)}, which was not tested."
    )
    return Finding(f"Of the {len(ways)} templates, their ensemble is {clauses}", text)


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    first = next(iter(numbers.drawn.representation))
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
            f"Second set: descriptions of a {first}; not all of them fit every picture. Whiskers as before.",
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
