"""B3a: zero-shot accuracy on labelled pictures, things, artists and pairs never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.report.wording import count, difference, direction, interval, percent, points, with_interval

STAGE = "zeroshot_accuracy"


@dataclass(frozen=True)
class Things:
    """Things read among the words of all things."""

    acc1: Estimate
    acc5: float
    things: int


@dataclass(frozen=True)
class Numbers:
    """metrics/zeroshot_accuracy.json, checked."""

    acc1: Estimate
    acc5: float
    recall: float
    classes: int
    clip_score: Estimate
    wordings: dict[str, Estimate]
    candidates: int
    all_things: Things
    unseen_things: Things
    scenes: Estimate
    pairs: int
    without_thing: Estimate


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str, last: str = "acc1", n: bool = True) -> Estimate:
        metrics.fraction(*keys, last)
        return metrics.estimate((*keys, last), keys, (*keys, "n") if n else None)

    def things(key: str) -> Things:
        return Things(share(key), metrics.fraction(key, "acc5"), metrics.count(key, "things"))

    return Numbers(
        acc1=share(),
        acc5=metrics.fraction("acc5"),
        recall=metrics.fraction("mean_per_class_recall"),
        classes=metrics.count("classes"),
        clip_score=metrics.estimate(("clip_score", "mean"), ("clip_score",), ("clip_score", "n")),
        wordings={name: share("wordings", name) for name in metrics.names("wordings")},
        candidates=metrics.count("candidates"),
        all_things=things("all_things"),
        unseen_things=things("unseen_things"),
        scenes=share("unseen_pairs", last="scene_accuracy"),
        pairs=metrics.count("unseen_pairs", "pairs"),
        without_thing=share("unseen_pairs", "without_thing", n=False),
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = read(inputs.metrics(STAGE))
    data: dict[str, Any] = {
        "numbers": numbers,
        "figures": _figures(inputs, numbers),
        "references": references.zeroshot_accuracy,
        "wordings": references.zeroshot_wordings,
    }
    return Content(_headlines(numbers, references), findings(numbers, references), data)


def _headlines(numbers: Numbers, references: References) -> list[Headline]:
    given = references.zeroshot_accuracy["report"]
    things, scenes = numbers.all_things.acc1, numbers.scenes
    return [
        Headline(
            f"right among {numbers.classes} classes (acc1)",
            numbers.acc1.value,
            percent(numbers.acc1.value),
            interval(numbers.acc1, 100, 1),
            f"{count(numbers.acc1.n or 0)} labelled pictures; the report had {percent(given.value)} on 50 classes of "
            "photographs",
        ),
        Headline(
            f"right among the words of all {count(numbers.candidates)} things",
            things.value,
            percent(things.value),
            interval(things, 100, 1),
            f"drawings by artists that our CLIP never saw; {percent(numbers.all_things.acc5)} within the first five",
        ),
        Headline(
            "of scenes read right, thing and scene never seen together",
            scenes.value,
            percent(scenes.value),
            interval(scenes, 100, 1),
            f"{numbers.pairs} pairs, among five scenes",
        ),
    ]


def findings(numbers: Numbers, references: References) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [
        _accuracy(numbers, references),
        _wording(numbers),
        _things(numbers),
        _unseen(numbers),
        _scenes(numbers),
    ]


def _accuracy(numbers: Numbers, references: References) -> Finding:
    given, found = references.zeroshot_accuracy["report"].value, numbers.acc1
    assert found.low is not None and found.high is not None
    if found.low > given:
        lead = "Accuracy is above the report’s"
    elif found.high < given:
        lead = "Accuracy is below the report’s"
    else:
        lead = "Accuracy is about the report’s"
    text = (
        f"{with_interval(found)} of {count(found.n or 0)} pictures of {numbers.classes} classes against "
        f"{percent(given, 2)} of the report; "
        f"{percent(numbers.acc5)} are among the first five, and the mean recall of a class is "
        f"{percent(numbers.recall)}. "
        "Pictures, classes and model are the report’s only where this run was given them, so the two stand side by "
        "side and are no race."
    )
    return Finding(lead, text)


def _wording(numbers: Numbers) -> Finding:
    first, *others = numbers.wordings
    base = numbers.wordings[first]
    gaps = {name: difference(numbers.wordings[name], base) for name in others}
    moved = [name for name, gap in gaps.items() if direction(gap)]
    lead = "The way a name is written changes the accuracy" if moved else "No wording differs measurably from the first"
    if not gaps:
        return Finding("One wording was measured", f"{first}: {with_interval(base)}.")
    text = f"Against “{first}” with {with_interval(base)}: "
    text += "; ".join(f"{name} {points(gap)}" for name, gap in gaps.items())
    return Finding(lead, f"{text}. All read the same pictures, so these intervals are wider than need be.")


def _things(numbers: Numbers) -> Finding:
    found = numbers.all_things.acc1
    chance = 1 / numbers.candidates
    assert found.low is not None
    lead = "Most things" if found.low > 0.5 else "Many things" if found.low > 10 * chance else "Few things"
    text = (
        f"{with_interval(found)} of {count(found.n or 0)} pictures of {count(numbers.all_things.things)} things are "
        "read right at first, "
        f"{percent(numbers.all_things.acc5)} within five; chance is {percent(chance, 2)}."
    )
    return Finding(f"{lead} by unknown artists are found among the words of all things", text)


def _unseen(numbers: Numbers) -> Finding:
    found, chance = numbers.unseen_things.acc1, 1 / numbers.candidates
    assert found.low is not None
    learned = found.low > chance
    lead = (
        "Things that were kept from our CLIP are found better than by chance"
        if learned
        else "Things that were kept from our CLIP are not found"
    )
    text = (
        f"{with_interval(found)} of {count(found.n or 0)} pictures of {numbers.unseen_things.things} things, "
        f"{percent(numbers.unseen_things.acc5)} within five. "
        "Neither their drawings nor their words were in the captions of the CLIP that this pipeline trains; one that "
        "was trained elsewhere may know both."
    )
    return Finding(lead, text)


def _scenes(numbers: Numbers) -> Finding:
    gap = difference(numbers.scenes, numbers.without_thing)
    assert numbers.scenes.low is not None
    composes = numbers.scenes.low > 0.5
    lead = "Thing and scene are read apart" if composes else "The scene is not reliably read"
    text = (
        f"On {numbers.pairs} pairs of a thing and a scene that training never showed together, "
        f"{with_interval(numbers.scenes)} of "
        f"{count(numbers.scenes.n or 0)} scenes are read right when the prompt names the thing, and "
        f"{with_interval(numbers.without_thing)} when it "
        f"does not ({points(gap)} for naming it); chance is {percent(0.2, 0)}."
    )
    return Finding(lead, text)


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    return {
        "cases": Figure(
            inputs.picture(STAGE, "cases.png"),
            "Pictures that were read right and pictures that were read wrong, with bars for the five nearest classes",
            "Drawn by chance among those read right and those read wrong: each with its true class above, and the "
            "probabilities in percent "
            "of the five nearest classes; green is the true one.",
            "plot",
        ),
        "confusion": Figure(
            inputs.picture(STAGE, "confusion.png"),
            f"Confusion matrix of {numbers.classes} classes",
            "Counts, rows the truth; shaded by their share of the row.",
            "plot",
        ),
        "wordings": Figure(
            inputs.picture(STAGE, "wordings.png"),
            "Bars: accuracy by wording of the class names, with intervals",
            "The same pictures, read by class names in different wordings. Whiskers: 95 % interval.",
            "plot",
        ),
    }


STUDY = Study(
    slug="zeroshot-accuracy",
    number="B3a",
    title="Zero-shot accuracy: classes, things, scenes",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Labelled pictures in a row, classified correctly at the left and wrongly at the right",
        "Labelled pictures: left classified correctly, right wrongly, with CLIP’s answer.",
    ),
    questions={"names": "How do class names change accuracy?"},
)
