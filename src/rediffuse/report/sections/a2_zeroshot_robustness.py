"""A2: zero-shot accuracy under corruption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import direction, interval, listing, percent, points, with_interval
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics

STAGE = Metrics.STAGE
KINDS = {"noise": ("Noise", "σ of 1"), "blur": ("Blur", "σ, pixels"), "rotation": ("Rotation", "degrees")}


@dataclass(frozen=True)
class Kind:
    """One kind of corruption, by rising severity."""

    name: str
    unit: str
    levels: list[float]
    accuracy: list[Estimate]
    error: float  # mean over severities
    fall: Estimate  # accuracy at severity 5 less clean, paired
    steps: list[Estimate]  # each severity less the one before, paired
    photograph: list[float]  # probability of the right answer


def kinds_of(numbers: Metrics) -> list[Kind]:
    """The kinds of corruption, as the tables show them."""
    return [
        Kind(
            name,
            unit,
            list(numbers.level[key].values()),
            list(numbers[key].values()),
            numbers.corruption_error[key],
            numbers.difference.fall[key],
            list(numbers.difference.steps[key].values()),
            list(numbers.photograph[key].values()),
        )
        for key, (name, unit) in KINDS.items()
    ]


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    data: dict[str, Any] = {
        "numbers": numbers,
        "kinds": kinds_of(numbers),
        "figures": _figures(inputs, numbers),
        "references": references.zeroshot_robustness,
    }
    return Content(_headlines(numbers), findings(numbers, references), data)


def _headlines(numbers: Metrics) -> list[Headline]:
    return [
        Headline(
            "mean corruption error",
            numbers.mce.value,
            percent(numbers.mce.value),
            interval(numbers.mce, 100, 1),
            f"over three kinds and five severities; {percent(1 - numbers.clean.value)} on the clean pictures",
        ),
        Headline(
            "classified correctly without corruption",
            numbers.clean.value,
            percent(numbers.clean.value),
            interval(numbers.clean, 100, 1),
            f"{numbers.n} labelled pictures of {numbers.drawings} drawings{_beside(numbers)}",
        ),
    ]


def _beside(numbers: Metrics) -> str:
    found = numbers.baseline_1nn
    return f"; 1-nearest neighbour on pixels: {with_interval(found.ours)}" if found else ""


def findings(numbers: Metrics, references: References) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_fall(numbers), _hardest(numbers), _photograph(numbers, references)]


def _fall(numbers: Metrics) -> Finding:
    kinds = kinds_of(numbers)
    told = {kind.name.lower(): direction(kind.fall) for kind in kinds}
    words = {-1: "lower than", 0: "not distinguishable from that", 1: "higher than"}
    parts = [
        f"{word} without corruption under {listing(names)}"
        for way, word in words.items()
        if (names := [name for name, found in told.items() if found == way])
    ]
    text = "At severity 5 less clean, picture by picture: "
    text += "; ".join(f"{kind.name.lower()} {points(kind.fall)}" for kind in kinds) + "."
    falls = {kind.name.lower(): sum(direction(step) < 0 for step in kind.steps) for kind in kinds}
    steps = [step for kind in kinds for step in kind.steps]
    rose = sum(direction(step) > 0 for step in steps)
    by_kind = ", ".join(f"{name} {count}" for name, count in falls.items())
    text += f" From one severity to the next accuracy falls distinguishably in {sum(falls.values())} of {len(steps)} "
    text += f"steps ({by_kind}) and rises distinguishably in {rose}."
    if numbers.baseline_1nn:
        text += " The artists were also the development set of CLIP, so its accuracy is optimistic."
    return Finding(f"At severity 5, accuracy is {listing(parts)}", text)


def _hardest(numbers: Metrics) -> Finding:
    errors = {key: numbers.corruption_error[key] for key in KINDS}
    worst, less = numbers.difference.worst, numbers.difference.worst_less
    close = [key for key, found in less.items() if direction(found) != 1]
    if close:
        lead = f"At these severities, {listing([worst, *close])} are not distinguishable in the harm they do"
    else:
        lead = f"At these severities, {worst} does the most harm"
    apart = "; ".join(f"{points(found)} against {key}" for key, found in less.items())
    text = (
        f"The mean error over the severities is {listing([f'{percent(e)} under {key}' for key, e in errors.items()])}. "
        f"That of {worst} differs by {apart}, picture by picture. The mean corruption error over all is "
        f"{with_interval(numbers.mce)}; without corruption the error is {percent(1 - numbers.clean.value)}."
    )
    return Finding(lead, text)


def _photograph(numbers: Metrics, references: References) -> Finding:
    given, right = references.zeroshot_robustness, numbers.photograph_answer.clean == numbers.photograph_answer.asked
    ends = {kind.name.lower(): kind.photograph[-1] for kind in kinds_of(numbers)}
    fell, rose = (
        [name for name, end in ends.items() if (end < numbers.photograph.clean) is falls] for falls in (True, False)
    )
    if right:
        parts = [
            f"{word} under {listing(names)}" for word, names in (("falls", fell), ("does not fall", rose)) if names
        ]
        lead = f"On the one photograph, the probability of the {numbers.photograph_answer.asked} {' and '.join(parts)}"
    else:
        lead = (
            f"The photograph of a {numbers.photograph_answer.asked} is read as a {numbers.photograph_answer.clean} "
            "without corruption"
        )
    told = [f"{percent(end)} under {name}" for name, end in ends.items()]
    text = (
        f"“{numbers.photograph_answer.asked}” starts at {percent(numbers.photograph.clean)} and has {listing(told)} at "
        f"severity 5. {_places(numbers)} It is one photograph. The report’s went from "
        f"{percent(given['moderate_cat'].value)} under moderate corruption to "
        f"{percent(given['doubled_cat'].value)} under doubled, when elephant led with "
        f"{percent(given['doubled_elephant'].value)}."
    )
    return Finding(lead, text)


def _places(numbers: Metrics) -> str:
    """Under which corruptions the photograph is classified correctly."""
    answer = numbers.photograph_answer
    places = []
    for kind in KINDS:
        right = [key.removeprefix("severity_") for key, found in answer[kind].items() if found == answer.asked]
        if right:
            places.append(f"{kind} at severity {listing(right)}")
    if not places:
        return "No corrupted version of it is classified correctly."
    return f"Its corrupted versions are classified correctly under {'; '.join(places)}, and under no other."


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "severity": Figure(
            inputs.picture(STAGE, "severity.png"),
            "Curves of accuracy against severity for noise, blur and rotation, with 95 % intervals",
            f"Accuracy against severity, {numbers.n} pictures of {numbers.drawings} drawings; severity 0 is clean. "
            "Shaded: 95 % interval, clustered by drawing.",
            "plot",
        ),
        "photograph": Figure(
            inputs.picture(STAGE, "photograph.png"),
            "A photograph of a cat through five severities of noise, blur and rotation, with the model’s answers",
            "The photograph through all severities, as the model reads it; below each the answer and its probability "
            "in percent.",
        ),
        "example": Figure(
            inputs.picture(STAGE, "example.png"),
            "A labelled picture through five severities of noise, blur and rotation, with the model’s answers",
            "The same for one labelled picture among all classes, drawn by chance from those classified correctly.",
        ),
    }


STUDY = Study(
    slug="zeroshot-robustness",
    number="A2",
    title="Robustness: noise, blur and rotation",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "One picture in a row, clean and corrupted, below each what CLIP reads",
        "One labelled picture under corruptions of rising severity; below each CLIP’s answer.",
    ),
)
