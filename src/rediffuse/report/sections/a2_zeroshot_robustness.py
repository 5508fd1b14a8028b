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
LEVELS = {"noise": "σ {:g}", "blur": "σ {:g} pixels", "rotation": "{:g}°"}


@dataclass(frozen=True)
class Kind:
    """One kind of corruption, by rising severity."""

    key: str
    name: str
    unit: str
    strongest: str  # the level at severity 5, as it is read
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
            key,
            name,
            unit,
            LEVELS[key].format(list(numbers.level[key].values())[-1]),
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
            "mean error under corruption",
            numbers.mce.value,
            percent(numbers.mce.value),
            interval(numbers.mce, 100, 1),
            "over three kinds and five severities, not normalised; "
            f"{percent(1 - numbers.clean.value)} on the clean pictures",
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
    words = {-1: "lower than", 0: "not distinguishable from that", 1: "higher than"}
    parts = [
        f"{word} without corruption under {listing(names)}"
        for way, word in words.items()
        if (names := [f"{kind.key} ({kind.strongest})" for kind in kinds if direction(kind.fall) == way])
    ]
    text = "At severity 5 less clean, picture by picture, clustered by drawing: "
    text += "; ".join(f"{kind.key} {points(kind.fall)}" for kind in kinds) + "."
    text += " From clean to severity 1, and on to each next one, accuracy falls distinguishably "
    text += f"{_steps(kinds, -1)} and rises distinguishably {_steps(kinds, 1)}. These are "
    text += f"{sum(len(kind.steps) for kind in kinds)} tests at 95 %, not corrected for their number."
    for kind in kinds:
        if direction(kind.fall) == 0 and any(direction(step) < 0 for step in kind.steps):
            text += f" Under {kind.key}, the falls do not add up to a distinguishable difference from clean."
    if numbers.baseline_1nn:
        text += " The artists were also the development set of CLIP, so its accuracy is optimistic."
    return Finding(f"At severity 5, accuracy is {listing(parts)}", text)


def _steps(kinds: list[Kind], way: int) -> str:
    """``in 2 of 15 steps (noise to 3 and 4)``: the steps in which accuracy moves so, by the severity they lead to."""
    found = {
        kind.key: [str(place) for place, step in enumerate(kind.steps, 1) if direction(step) == way] for kind in kinds
    }
    clauses = "; ".join(f"{key} to severity {listing(places)}" for key, places in found.items() if places)
    total = sum(len(kind.steps) for kind in kinds)
    if not clauses:
        return "in none"
    return f"in {sum(map(len, found.values()))} of {total} steps ({clauses})"


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
        f"That of {worst} differs by {apart}, picture by picture, clustered by drawing. The mean error over all kinds "
        f"and severities, not normalised by a reference model’s, is {with_interval(numbers.mce)}; without corruption "
        f"the error is {percent(1 - numbers.clean.value)}."
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
    clauses = [f"{percent(end)} under {name}" for name, end in ends.items()]
    asked = numbers.photograph_answer.asked
    text = f"“{asked}” starts at {percent(numbers.photograph.clean)} and has {listing(clauses)} at severity 5. "
    text += _highest(numbers) + _places(numbers)
    if not right:
        text += " As it is wrong without corruption, too, a fall says little."
    text += (
        f" It is one photograph. The report’s went from {percent(given['moderate_cat'].value)} under moderate "
        f"corruption to {percent(given['doubled_cat'].value)} under twice that, when elephant led with "
        f"{percent(given['doubled_elephant'].value)}."
    )
    return Finding(lead, text)


def _highest(numbers: Metrics) -> str:
    """Where corruption raises the probability of the right answer most, if anywhere."""
    shares = {
        f"{kind} at severity {key.removeprefix('severity_')}": share
        for kind in KINDS
        for key, share in numbers.photograph[kind].items()
    }
    place = max(shares, key=lambda name: shares[name])
    if shares[place] <= numbers.photograph.clean:
        return ""
    return f"It rises to {percent(shares[place])} under {place}. "


def _places(numbers: Metrics) -> str:
    """Under which corruptions the photograph is classified correctly."""
    answer = numbers.photograph_answer
    places, total, count = [], 0, 0
    for kind in KINDS:
        right = [key.removeprefix("severity_") for key, found in answer[kind].items() if found == answer.asked]
        total, count = total + len(answer[kind]), count + len(right)
        if right:
            places.append(f"{kind} at severity {listing(right)}")
    if not places:
        return f"None of its {total} corrupted versions is classified correctly."
    if count == total:
        return f"All its {total} corrupted versions are classified correctly."
    verb = "is" if count == 1 else "are"
    return f"Of its {total} corrupted versions, {count} {verb} classified correctly: {'; '.join(places)}."


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
