"""What follows from the numbers of B3a, whichever way they fall."""

from __future__ import annotations

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.evaluation.shared_metrics import Beside
from rediffuse.page.study import Finding
from rediffuse.page.wording import count, decimal, difference, direction, listing, percent, points, with_interval
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics, Scenes, Wording

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


def _against(row: Beside | Scenes) -> str:
    """Three outcomes of a reader and its baseline on the same pictures; a fourth where there is no baseline."""
    if row.lead is None:
        return "has no baseline here"
    return {
        1: f"is more often right than the {NEAREST}",
        0: f"is not distinguishable from the {NEAREST}",
        -1: f"is less often right than the {NEAREST}",
    }[direction(row.lead)]


def _numbers(row: Beside | Scenes, name: str = NEAREST) -> str:
    text = f"{with_interval(row.ours)} of {count(row.ours.n or 0)} pictures of {count(row.drawings)} drawings"
    if row.baseline is None or row.lead is None:
        return text
    return f"{text} against {with_interval(row.baseline)} by the {name}: {points(row.lead)} on the same pictures"


def _white(row: Beside) -> str:
    """The same drawings on white, where pixels compare best."""
    return f"On white and in place, where pixels compare best, it is {_numbers(row)}.{_by_artist(row)}"


def _by_artist(row: Beside) -> str:
    """Each artist's share beside the baseline's, where both are known and what holds together does not hold for all."""
    if row.baseline_1nn is None or row.lead is None:
        return ""
    nearest = row.baseline_1nn.by_style or {}
    pairs = {name: (own.ours, nearest[name].ours) for name, own in (row.by_style or {}).items() if name in nearest}
    gaps = {name: difference(*pair) for name, pair in pairs.items()}
    if all(direction(gap) == direction(row.lead) for gap in gaps.values()):
        return ""
    clauses = [
        f"{name} {percent(own.value)} against {percent(other.value)}, {points(gaps[name])}"
        for name, (own, other) in pairs.items()
    ]
    return f" By artist, the two shares taken as independent: {'; '.join(clauses)}."


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
    whole = {name: introduced(name, wording) for name, wording in numbers.wordings.items()}
    if not others:
        return Finding("One wording was measured", f"{whole[first]}: {with_interval(base)}.")
    changes = {name: numbers.wordings[name].change for name in others}
    moved = {way: [whole[name] for name in others if direction(changes[name]) == way] for way in (-1, 1)}
    parts = [f"{way} with {listing(names)}" for way, names in (("lower", moved[-1]), ("higher", moved[1])) if names]
    lead = f"No wording is distinguishable from {whole[first]}"
    if parts:
        lead = f"Against {whole[first]}, accuracy is {' and '.join(parts)}"
    none = numbers.wordings[first].change  # of a wording against itself
    same = [whole[name] for name in others if changes[name] == none]
    clauses = [f"{points(changes[name])} with “{name}”" for name in others if changes[name] != none]
    text = f"“{first}” has {with_interval(base)}."
    if same:
        text += f" With {listing(same)}, every drawing has the same accuracy as with “{first}”."
    if clauses:
        text += f" The difference on the same pictures, clustered by drawing, is {'; '.join(clauses)}."
    return Finding(lead, text)


def introduced(name: str, wording: Wording) -> str:
    """The name of a wording with its template, or with their number."""
    templates = f"“{wording.template}”" if wording.templates == 1 else f"{wording.templates} templates"
    return f"“{name}” ({templates})"


def _things(numbers: Metrics) -> Finding:
    row = numbers.all_things
    text = (
        f"{_numbers(row)}; {percent(row.acc5)} are right within five. The pictures show {row.things} things, and the "
        f"words are {numbers.candidates}, so that chance is {percent(1 / numbers.candidates, 2)}. "
        f"{_white(numbers.on_white.all_things)} {OPTIMISTIC}"
    )
    return Finding(f"Among the words of all things, held-out artists together, CLIP {_against(row)}", text)


def _unseen(numbers: Metrics) -> Finding:
    found, chance, row = numbers.unseen_things.ours, 1 / numbers.candidates, numbers.unseen_things
    against = direction(difference(found, Estimate(chance, chance, chance)))
    lead = {
        1: "Things held out of training are found better than by chance",
        0: "The accuracy on things held out of training is not distinguishable from chance",
        -1: "Things held out of training are found less often than by chance",
    }[against]
    right, five = round(row.acc1 * row.n), round(row.acc5 * row.n)
    text = (
        f"{right} of {count(row.n)} pictures of {row.things} things are right, {with_interval(found)}, and {five} "
        f"within five; chance expects {decimal(chance * row.n, 1)} and {decimal(5 * chance * row.n, 1)}. Neither their "
        "drawings nor their words were in the captions of the CLIP that this pipeline trains; one that was trained "
        "elsewhere may know both."
    )
    return Finding(lead, text)


def _scenes(numbers: Metrics) -> Finding:
    row, name = numbers.unseen_pairs, "nearest mean picture"
    unnamed = difference(row.without_thing.ours, row.baseline)
    named, bare = direction(row.lead), direction(unnamed)
    words = {1: "higher than", 0: "not distinguishable from", -1: "lower than"}
    lead = f"On held-out pairs, CLIP’s scene accuracy is {words[named]} that of the {name}"
    if named == bare:
        lead += ", whether or not the prompts name the thing"
    else:
        words = {1: "higher", 0: "not distinguishable from it", -1: "lower"}
        lead += f" if the prompts name the thing, and {words[bare]} if they do not"
    text = (
        f"On {row.pairs} pairs of a thing and a scene that training never showed together, {_numbers(row, name)}. "
        f"With prompts that name no thing it is {with_interval(row.without_thing.ours)} "
        f"({points(row.naming)} for naming it); chance is {percent(0.2, 0)}. Without the thing’s name CLIP less the "
        f"{name}: {points(unnamed)}, the two taken as independent."
    )
    return Finding(lead, text)
