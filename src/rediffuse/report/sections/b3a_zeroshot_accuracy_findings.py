"""What follows from the numbers of B3a, whichever way they fall."""

from __future__ import annotations

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.evaluation.shared_metrics import Beside
from rediffuse.page.study import Finding
from rediffuse.page.wording import count, difference, direction, listing, percent, points, with_interval
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics, Scenes

NEAREST = "1-nearest neighbour on pixels"
OPTIMISTIC = "The held-out artists were also the development set, so CLIP’s accuracy is optimistic."


def findings(numbers: Metrics, references: References) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [
        _accuracy(numbers, references),
        _wording(numbers),
        _things(numbers),
        _unseen(numbers),
        _scenes(numbers),
    ]


def _against(row: Beside | Scenes, name: str = NEAREST) -> str:
    """Three outcomes of a reader and its baseline on the same pictures; a fourth where there is no baseline."""
    if row.lead is None:
        return "has no baseline here"
    return {
        1: f"is more often right than the {name}",
        0: f"is not distinguishable from the {name}",
        -1: f"is less often right than the {name}",
    }[direction(row.lead)]


def _numbers(row: Beside | Scenes, name: str = NEAREST) -> str:
    text = f"{with_interval(row.ours)} of {count(row.ours.n or 0)} pictures of {count(row.drawings)} drawings"
    if row.baseline is None or row.lead is None:
        return text
    return f"{text} against {with_interval(row.baseline)} by the {name}: {points(row.lead)} on the same pictures"


def _white(row: Beside) -> str:
    """The same drawings on white, where pixels compare best."""
    return f"On white and in place, where pixels compare best, it is {_numbers(row)}."


def _accuracy(numbers: Metrics, references: References) -> Finding:
    given = references.zeroshot_accuracy["report"].value
    text = (
        f"{_numbers(numbers)}. {percent(numbers.acc5)} are among the first five, and the mean recall of a class is "
        f"{percent(numbers.mean_per_class_recall)}. The report had {percent(given, 2)} with another model on "
        f"photographs, which says nothing about this difference. {_white(numbers.on_white.classes)} {OPTIMISTIC}"
    )
    return Finding(f"On {numbers.classes} classes, held-out artists together, CLIP {_against(numbers)}", text)


def _wording(numbers: Metrics) -> Finding:
    first, *others = numbers.wordings
    base = numbers.wordings[first].ours
    if not others:
        return Finding("One wording was measured", f"{first}: {with_interval(base)}.")
    moved = {way: [name for name in others if direction(numbers.wordings[name].change) == way] for way in (-1, 1)}
    parts = [f"{way} with {listing(names)}" for way, names in (("lower", moved[-1]), ("higher", moved[1])) if names]
    lead = f"Accuracy is {' and '.join(parts)}" if parts else f"No wording is distinguishable from “{first}”"
    text = f"Against “{first}” with {with_interval(base)}, on the same pictures, each by its own interval: "
    none = numbers.wordings[first].change  # of a wording against itself

    def told(name: str) -> str:
        change = numbers.wordings[name].change
        return f"{name}: no picture changes" if change == none else f"{name} {points(change)}"

    return Finding(lead, text + "; ".join(map(told, others)) + ".")


def _things(numbers: Metrics) -> Finding:
    row = numbers.all_things
    text = (
        f"{_numbers(row)}; {percent(numbers.all_things.acc5)} are right within five. Chance is "
        f"{percent(1 / numbers.candidates, 2)}. {_white(numbers.on_white.all_things)} {OPTIMISTIC}"
    )
    return Finding(f"Among the words of all things, CLIP {_against(row)}", text)


def _unseen(numbers: Metrics) -> Finding:
    found, chance = numbers.unseen_things.ours, 1 / numbers.candidates
    against = direction(difference(found, Estimate(chance, chance, chance)))
    lead = {
        1: "Things held out of training are found better than by chance",
        0: "The accuracy on things held out of training is not distinguishable from chance",
        -1: "Things held out of training are found less often than by chance",
    }[against]
    text = (
        f"{with_interval(found)} of {count(found.n or 0)} pictures of {numbers.unseen_things.things} things, "
        f"{percent(numbers.unseen_things.acc5)} within five; chance is {percent(chance, 2)}. Neither their drawings "
        "nor their words were in the captions of the CLIP that this pipeline trains; one that was trained elsewhere "
        "may know both."
    )
    return Finding(lead, text)


def _scenes(numbers: Metrics) -> Finding:
    row, name = numbers.unseen_pairs, "nearest mean picture"
    text = (
        f"On {row.pairs} pairs of a thing and a scene that training never showed together, {_numbers(row, name)}. "
        f"With prompts that name no thing it is {with_interval(row.without_thing.ours)} "
        f"({points(row.naming)} for naming it); chance is {percent(0.2, 0)}."
    )
    lead = f"For the scene of held-out pairs, by prompts that name the thing, CLIP {_against(row, name)}"
    unnamed = difference(row.without_thing.ours, row.baseline)
    told = {1: "more often right than it", 0: "not distinguishable from it", -1: "less often right than it"}
    text += f" Without the thing’s name CLIP less the {name}: {points(unnamed)}, the two taken as independent."
    return Finding(f"{lead}; by prompts that do not, {told[direction(unnamed)]}", text)
