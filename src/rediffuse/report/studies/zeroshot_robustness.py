"""A2: zero-shot accuracy under corruption."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.report.wording import difference, direction, interval, listing, percent, points, with_interval

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


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str) -> Estimate:
        metrics.fraction(*keys)
        return metrics.estimate(keys, ("interval", *keys))

    def kind(key: str, name: str, unit: str) -> Kind:
        severities = metrics.names(key)
        return Kind(
            name,
            unit,
            [metrics.number("level", key, severity) for severity in severities],
            [share(key, severity) for severity in severities],
            metrics.fraction("corruption_error", key),
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
            "read right without corruption",
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
    gaps = {kind.name.lower(): difference(kind.accuracy[-1], numbers.clean) for kind in numbers.kinds}
    fell = [name for name, gap in gaps.items() if direction(gap) < 0]
    held = [name for name in gaps if name not in fell]
    if not held:
        lead = "Accuracy falls under every kind of corruption"
    elif fell:
        lead = f"Accuracy falls under {listing(fell)}; under {listing(held)} no fall can be told"
    else:
        lead = "No corruption lowered the accuracy measurably"
    text = "At severity 5 against clean: " + "; ".join(f"{name} {points(gap)}" for name, gap in gaps.items()) + "."
    rises = [
        f"{kind.name.lower()} from {index} to {index + 1}"
        for kind in numbers.kinds
        for index, (before, after) in enumerate(pairwise([numbers.clean, *kind.accuracy]))
        if after.value > before.value
    ]
    text += f" It does not fall at {', '.join(rises)}." if rises else " It falls at every step."
    return Finding(lead, text)


def _hardest(numbers: Numbers) -> Finding:
    worst = max(numbers.kinds, key=lambda kind: kind.error)
    others = [f"{kind.name.lower()} {percent(kind.error)}" for kind in numbers.kinds if kind is not worst]
    text = (
        f"Its error, meaned over the severities, is {percent(worst.error)}; {listing(others)}. "
        f"The mean corruption error over all is {with_interval(numbers.mce)}, {percent(1 - numbers.clean.value)} of "
        "which there was without corruption."
    )
    return Finding(f"{worst.name} does the most harm", text)


def _photograph(numbers: Numbers, references: References) -> Finding:
    given = references.zeroshot_robustness
    ends = [f"{kind.name.lower()} {percent(kind.photograph[-1])}" for kind in numbers.kinds]
    after = min(kind.photograph[-1] for kind in numbers.kinds)
    lead = (
        "One photograph says little"
        if after >= numbers.photograph
        else "On the photograph, the probability of the right animal falls too"
    )
    text = (
        f"It starts at {percent(numbers.photograph)} and at severity 5 is {listing(ends)}. The report’s photograph "
        "went from "
        f"{percent(given['moderate_cat'].value)} under moderate corruption to {percent(given['doubled_cat'].value)} "
        "under doubled, when "
        f"elephant led with {percent(given['doubled_elephant'].value)}."
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
            "The same for one labelled picture among all classes, drawn by chance from those read right when clean.",
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
