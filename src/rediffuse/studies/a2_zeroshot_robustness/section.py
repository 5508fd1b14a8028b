"""A2: zero-shot accuracy under corruption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.page.inputs import Estimate, Inputs, Metrics
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.page.wording import direction, interval, listing, percent, points, with_interval

STAGE = "zeroshot_robustness"
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


@dataclass(frozen=True)
class Numbers:
    """metrics/zeroshot_robustness.json, checked."""

    kinds: list[Kind]
    clean: Estimate
    lead: Estimate | None  # of CLIP over the baseline, paired
    baseline: Estimate | None  # 1-nearest neighbour on pixels, on the clean pictures
    mce: Estimate
    n: int
    drawings: int
    image_size: int
    photograph: float
    answer: str  # what the clean photograph is read as
    asked: str  # what it shows
    worst: str  # the kind with the largest error
    worst_less: dict[str, Estimate]  # that error less each other kind's, paired


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str) -> Estimate:
        metrics.fraction(*keys)
        return metrics.estimate(keys, ("interval", *keys))

    def moved(*keys: str) -> Estimate:
        return metrics.estimate(("difference", *keys, "mean"), ("difference", *keys))

    def kind(key: str, name: str, unit: str) -> Kind:
        severities = metrics.names(key)
        return Kind(
            name,
            unit,
            [metrics.number("level", key, severity) for severity in severities],
            [share(key, severity) for severity in severities],
            metrics.fraction("corruption_error", key),
            moved("fall", key),
            [moved("steps", key, severity) for severity in severities],
            [metrics.fraction("photograph", key, severity) for severity in severities],
        )

    return Numbers(
        kinds=[kind(key, name, unit) for key, (name, unit) in KINDS.items()],
        clean=share("clean"),
        lead=metrics.estimate(("baseline_1nn", "lead", "mean"), ("baseline_1nn", "lead"))
        if "baseline_1nn" in metrics.names()
        else None,
        baseline=metrics.estimate(("baseline_1nn", "acc1"), ("baseline_1nn",))
        if "baseline_1nn" in metrics.names()
        else None,
        mce=share("mce"),
        n=metrics.count("n"),
        drawings=metrics.count("drawings"),
        image_size=metrics.count("image_size"),
        photograph=metrics.fraction("photograph", "clean"),
        answer=metrics.text("photograph_answer", "clean"),
        asked=metrics.text("photograph_answer", "asked"),
        worst=metrics.text("difference", "worst", allowed=KINDS),
        worst_less={key: moved("worst_less", key) for key in metrics.names("difference", "worst_less")},
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = read(inputs.metrics(STAGE))
    data: dict[str, Any] = {
        "numbers": numbers,
        "figures": _figures(inputs, numbers),
        "references": references.zeroshot_robustness,
    }
    return Content(_headlines(numbers), findings(numbers, references), data)


def _headlines(numbers: Numbers) -> list[Headline]:
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


def _beside(numbers: Numbers) -> str:
    found = numbers.baseline
    return f"; 1-nearest neighbour on pixels: {with_interval(found)}" if found else ""


def findings(numbers: Numbers, references: References) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [_fall(numbers), _hardest(numbers), _photograph(numbers, references)]


def _fall(numbers: Numbers) -> Finding:
    told = {kind.name.lower(): direction(kind.fall) for kind in numbers.kinds}
    words = {-1: "falls under", 0: "does not change distinguishably under", 1: "rises under"}
    parts = [f"{words[way]} {listing(names)}" for way in words if (names := [n for n, d in told.items() if d == way])]
    text = "At severity 5 less clean, picture by picture: "
    text += "; ".join(f"{kind.name.lower()} {points(kind.fall)}" for kind in numbers.kinds) + "."
    steps = [step for kind in numbers.kinds for step in kind.steps]
    fell, rose = (sum(direction(step) == way for step in steps) for way in (-1, 1))
    text += f" From one severity to the next accuracy falls distinguishably in {fell} of {len(steps)} steps and rises "
    text += f"distinguishably in {rose}."
    return Finding(f"Accuracy {listing(parts)}", text)


def _hardest(numbers: Numbers) -> Finding:
    errors = {key: kind.error for key, kind in zip(KINDS, numbers.kinds, strict=True)}
    close = [key for key, found in numbers.worst_less.items() if direction(found) != 1]
    if close:
        lead = f"At these severities, {listing([numbers.worst, *close])} are not distinguishable in the harm they do"
    else:
        lead = f"At these severities, {numbers.worst} does the most harm"
    apart = "; ".join(f"{points(found)} against {key}" for key, found in numbers.worst_less.items())
    text = (
        f"The mean error over the severities is {listing([f'{percent(e)} under {key}' for key, e in errors.items()])}. "
        f"That of {numbers.worst} differs by {apart}, picture by picture. The mean corruption error over all is "
        f"{with_interval(numbers.mce)}, {percent(1 - numbers.clean.value)} of which there was without corruption."
    )
    return Finding(lead, text)


def _photograph(numbers: Numbers, references: References) -> Finding:
    given, right = references.zeroshot_robustness, numbers.answer == numbers.asked
    ends = {kind.name.lower(): kind.photograph[-1] for kind in numbers.kinds}
    fell, rose = (
        [name for name, end in ends.items() if (end < numbers.photograph) is falls] for falls in (True, False)
    )
    if right:
        parts = [
            f"{word} under {listing(names)}" for word, names in (("falls", fell), ("does not fall", rose)) if names
        ]
        lead = f"On the one photograph, the probability of the {numbers.asked} {' and '.join(parts)}"
    else:
        lead = (
            f"The photograph of a {numbers.asked} is read as a {numbers.answer} without any corruption, so it does not "
            "show how a right answer is lost"
        )
    told = [f"{percent(end)} under {name}" for name, end in ends.items()]
    text = (
        f"“{numbers.asked}” starts at {percent(numbers.photograph)} and has {listing(told)} at severity 5. It is one "
        "photograph. The report’s went from "
        f"{percent(given['moderate_cat'].value)} under moderate corruption to {percent(given['doubled_cat'].value)} "
        f"under doubled, when elephant led with {percent(given['doubled_elephant'].value)}."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
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
