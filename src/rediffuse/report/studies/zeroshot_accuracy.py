"""B3a: zero-shot accuracy on labelled pictures, things, artists and pairs never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Strip, Study
from rediffuse.report.wording import count, difference, direction, interval, listing, percent, points, with_interval

STAGE = "zeroshot_accuracy"
NEAREST = "1-nearest neighbour on pixels"


@dataclass(frozen=True)
class Row:
    """One accuracy and its trivial baseline on the same pictures."""

    label: str
    ours: Estimate
    baseline: Estimate | None  # 1-nearest neighbour on pixels, or the nearest mean picture
    lead: Estimate | None  # ours less the baseline's, paired
    drawings: int


@dataclass(frozen=True)
class Things:
    """Things read among the words of all things."""

    row: Row
    acc5: float
    things: int


@dataclass(frozen=True)
class Numbers:
    """metrics/zeroshot_accuracy.json, checked."""

    labelled: Row
    acc5: float
    recall: float
    classes: int
    clip_score: Estimate
    wordings: dict[str, Estimate]
    changes: dict[str, Estimate]  # of each wording against the reported one, paired
    candidates: int
    all_things: Things
    unseen_things: Things
    scenes: Row
    pairs: int
    without_thing: Estimate
    naming: Estimate  # what naming the thing adds to the scene's accuracy, paired
    rows: list[Row]  # of the table, the artists' own among them


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str, last: str = "acc1") -> Estimate:
        metrics.fraction(*keys, last)
        return metrics.estimate((*keys, last), keys, (*keys, "n"))

    def moved(*keys: str) -> Estimate:
        return metrics.estimate((*keys, "mean"), keys)

    def row(label: str, *keys: str, baseline: str = "baseline_1nn", last: str = "acc1") -> Row:
        has = baseline in metrics.names(*keys)
        return Row(
            label,
            share(*keys, last=last),
            share(*keys, baseline) if has else None,
            moved(*keys, baseline, "lead") if has else None,
            metrics.count(*keys, "drawings"),
        )

    def artists(label: str, *keys: str) -> list[Row]:
        if "by_style" not in metrics.names(*keys):
            return []
        has = "baseline_1nn" in metrics.names(*keys)
        return [
            Row(
                f"{label}, {name} alone",
                share(*keys, "by_style", name),
                share(*keys, "baseline_1nn", "by_style", name) if has else None,
                None,
                metrics.count(*keys, "by_style", name, "drawings"),
            )
            for name in metrics.names(*keys, "by_style")
        ]

    def things(label: str, key: str) -> Things:
        return Things(row(label, key), metrics.fraction(key, "acc5"), metrics.count(key, "things"))

    classes = metrics.count("classes")
    labelled = row(f"{classes} classes, labelled pictures")
    all_things = things("all things, held-out artists", "all_things")
    unseen = things("ten things held out of everything", "unseen_things")
    white = [
        ("the same things, drawings on white", ("on_white", "all_things")),
        ("classes of the set, drawings on white", ("on_white", "classes")),
    ]
    scenes = row("scene of held-out pairs", "unseen_pairs", baseline="baseline_mean_picture", last="scene_accuracy")
    return Numbers(
        labelled=labelled,
        acc5=metrics.fraction("acc5"),
        recall=metrics.fraction("mean_per_class_recall"),
        classes=classes,
        clip_score=metrics.estimate(("clip_score", "mean"), ("clip_score",), ("clip_score", "n")),
        wordings={name: share("wordings", name) for name in metrics.names("wordings")},
        changes={name: moved("wordings", name, "change") for name in metrics.names("wordings")},
        candidates=metrics.count("candidates"),
        all_things=all_things,
        unseen_things=unseen,
        scenes=scenes,
        pairs=metrics.count("unseen_pairs", "pairs"),
        without_thing=share("unseen_pairs", "without_thing"),
        naming=moved("unseen_pairs", "naming"),
        rows=[
            labelled,
            *artists("labelled pictures"),
            all_things.row,
            *artists("all things", "all_things"),
            *(part for label, keys in white for part in (row(label, *keys), *artists(label, *keys))),
            unseen.row,
            scenes,
        ],
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
    things, scenes = numbers.all_things.row, numbers.scenes
    return [
        Headline(
            f"right among {numbers.classes} classes (acc1)",
            numbers.labelled.ours.value,
            percent(numbers.labelled.ours.value),
            interval(numbers.labelled.ours, 100, 1),
            f"{count(numbers.labelled.ours.n or 0)} pictures of {numbers.labelled.drawings} drawings"
            f"{_beside(numbers.labelled)}; the report had {percent(given.value)} on 50 classes of photographs",
        ),
        Headline(
            f"right among the words of all {count(numbers.candidates)} things",
            things.ours.value,
            percent(things.ours.value),
            interval(things.ours, 100, 1),
            f"drawings by held-out artists{_beside(things)}",
        ),
        Headline(
            "of scenes read right, thing and scene never seen together",
            scenes.ours.value,
            percent(scenes.ours.value),
            interval(scenes.ours, 100, 1),
            f"{numbers.pairs} pairs, among five scenes{_beside(scenes, 'nearest mean picture')}",
        ),
    ]


def _beside(row: Row, name: str = NEAREST) -> str:
    """The baseline, as a note has it."""
    return f"; {name}: {percent(row.baseline.value)}" if row.baseline else ""


def findings(numbers: Numbers, references: References) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [
        _accuracy(numbers, references),
        _wording(numbers),
        _things(numbers),
        _unseen(numbers),
        _scenes(numbers),
    ]


def _against(row: Row, name: str = NEAREST) -> str:
    """Three outcomes of a reader and its baseline on the same pictures; a fourth where there is no baseline."""
    if row.lead is None:
        return "has no baseline here"
    return {
        1: f"is more often right than the {name}",
        0: f"cannot be told from the {name}",
        -1: f"is less often right than the {name}",
    }[direction(row.lead)]


def _numbers(row: Row, name: str = NEAREST) -> str:
    text = f"{with_interval(row.ours)} of {count(row.ours.n or 0)} pictures of {count(row.drawings)} drawings"
    if row.baseline is None or row.lead is None:
        return text
    return f"{text} against {with_interval(row.baseline)} by the {name}: {points(row.lead)} on the same pictures"


def _accuracy(numbers: Numbers, references: References) -> Finding:
    given = references.zeroshot_accuracy["report"].value
    text = (
        f"{_numbers(numbers.labelled)}. {percent(numbers.acc5)} are among the first five, and the mean recall of a "
        f"class is {percent(numbers.recall)}. The report had {percent(given, 2)} with another model on photographs, "
        "which says nothing about this difference."
    )
    return Finding(f"On {numbers.classes} classes by held-out artists, CLIP {_against(numbers.labelled)}", text)


def _wording(numbers: Numbers) -> Finding:
    first, *others = numbers.wordings
    base = numbers.wordings[first]
    if not others:
        return Finding("One wording was measured", f"{first}: {with_interval(base)}.")
    moved = {way: [name for name in others if direction(numbers.changes[name]) == way] for way in (-1, 1)}
    parts = [f"{way} with {listing(names)}" for way, names in (("lower", moved[-1]), ("higher", moved[1])) if names]
    lead = f"Accuracy is {' and '.join(parts)}" if parts else f"No wording can be told from “{first}”"
    text = f"Against “{first}” with {with_interval(base)}, on the same pictures, each by its own interval: "
    return Finding(lead, text + "; ".join(f"{name} {points(numbers.changes[name])}" for name in others) + ".")


def _things(numbers: Numbers) -> Finding:
    row = numbers.all_things.row
    text = (
        f"{_numbers(row)}; {percent(numbers.all_things.acc5)} are right within five. Chance is "
        f"{percent(1 / numbers.candidates, 2)}. On white and in place, where pixels compare best, the same drawings "
        "stand in the table."
    )
    return Finding(f"Among the words of all things, CLIP {_against(row)}", text)


def _unseen(numbers: Numbers) -> Finding:
    found, chance = numbers.unseen_things.row.ours, 1 / numbers.candidates
    against = direction(difference(found, Estimate(chance, chance, chance)))
    lead = {
        1: "Things held out of training are found better than by chance",
        0: "Things held out of training are not found: their accuracy cannot be told from chance",
        -1: "Things held out of training are found less often than by chance",
    }[against]
    text = (
        f"{with_interval(found)} of {count(found.n or 0)} pictures of {numbers.unseen_things.things} things, "
        f"{percent(numbers.unseen_things.acc5)} within five; chance is {percent(chance, 2)}. Neither their drawings "
        "nor their words were in the captions of the CLIP that this pipeline trains; one that was trained elsewhere "
        "may know both."
    )
    return Finding(lead, text)


def _scenes(numbers: Numbers) -> Finding:
    row, name = numbers.scenes, "nearest mean picture"
    text = (
        f"On {numbers.pairs} pairs of a thing and a scene that training never showed together, {_numbers(row, name)}. "
        f"With prompts that name no thing it is {with_interval(numbers.without_thing)} "
        f"({points(numbers.naming)} for naming it); chance is {percent(0.2, 0)}."
    )
    return Finding(f"For the scene of held-out pairs, CLIP {_against(row, name)}", text)


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
