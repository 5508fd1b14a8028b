"""A4: noise schedules."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE, paired_difference, paired_points
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, listing, percent, significant, with_interval
from rediffuse.studies.a4_noise_schedules.metrics import Metrics, Start

STAGE = Metrics.STAGE
NAMES = {"default": "default", "inverse_square": "inverse-square", "log_decay": "log-decay"}
WAYS = ("naive", "matched")
CLAIMS = {  # of the report, and what it says of fine detail if true: more or less of it
    "inverse_square": (1, "The report says that it favours fine detail."),
    "log_decay": (-1, "The report says that it gives smooth gradients, which is measured as less fine detail."),
}
BANDS = {"high_frequency": "fine detail", "low_frequency": "slow changes"}


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report that is reproduced gave no number."""
    del references
    numbers = inputs.numbers(Metrics)
    frames = inputs.frames(STAGE)
    scrubber = Scrubber(
        "schedule-steps",
        "Steps done",
        tuple(frame.picture for frame in frames),
        tuple(f"step {frame.number:g} of {len(frames)}" for frame in frames),
        "One picture under three schedules, decoded in the middle of its way",
        "The same noise under the three schedules, matched: the sampler’s own state after each step, decoded.",
    )
    data: dict[str, Any] = {
        "numbers": numbers,
        "names": NAMES,
        "ways": WAYS,
        "bands": BANDS,
        "base": {name: begun_there(numbers, name) for name in CLAIMS},
        "digits": digits,
        "shares_note": SHARES_NOTE,
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
    }
    return Content([headline(numbers)], findings(numbers), data)


def headline(numbers: Metrics) -> Headline:
    """What the shape of inverse-square does to fine detail."""
    found = numbers.start.inverse_square.beyond
    return Headline(
        "change of fine detail by the shape of inverse-square, grey levels, at the same start",
        found.value,
        significant(found.value, 2),
        interval(found),
        f"the default begun there has {significant(begun_there(numbers, 'inverse_square'))}; n = {numbers.n}",
    )


def begun_there(numbers: Metrics, name: str) -> float:
    """Fine detail of the default, begun at the noise level at which both begin in the control of a schedule."""
    start: Start = numbers.start[name]
    whole = numbers.high_frequency.default.matched.value
    return whole + start.alone.value if start.begun_later == "default" else whole


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [*(_claim(numbers, name) for name in CLAIMS), _swap(numbers), _end(numbers)]


def _claim(numbers: Metrics, name: str) -> Finding:
    wanted, claim = CLAIMS[name]
    naive: Estimate = numbers.difference.high_frequency[name].naive
    slow: Estimate = numbers.difference.low_frequency[name].naive
    shape = direction(numbers.start[name].beyond)
    words = {1: "more", -1: "less"}
    if direction(naive):
        agrees = "as the report claims" if direction(naive) == wanted else "against the report’s claim"
        lead = f"Swapped naively, {NAMES[name]} has {words[direction(naive)]} fine detail than the default, {agrees}"
        if direction(slow) == direction(naive):
            lead += f", {'but' if direction(naive) == wanted else 'and'} slow changes {_moves(naive)} too"
    else:
        lead = (
            f"Swapped naively, the fine detail of {NAMES[name]} is not distinguishable from that of the default, so "
            "for this swap the report’s claim is not confirmed"
        )
    if shape:
        lead += f"; from the same noise level, it has {words[shape]} fine detail"
    else:
        lead += "; from the same noise level, their fine detail is not distinguishable"
    return Finding(lead, f"{claim} {_naive(numbers, name)} {_matched(numbers, name)}")


def _naive(numbers: Metrics, name: str) -> str:
    """Both bands under the naive swap: a change of both is none of fine detail alone."""
    fine: Estimate = numbers.difference.high_frequency[name].naive
    slow: Estimate = numbers.difference.low_frequency[name].naive
    text = (
        f"Swapped naively, fine detail differs by {_change(fine, numbers.high_frequency.default.naive.value)} from the "
        f"default and slow changes by {_change(slow, numbers.low_frequency.default.naive.value)}, in grey levels, "
        f"picture by picture over {numbers.n} pictures of {numbers.prompts} prompts."
    )
    if not direction(fine):
        return text
    if direction(slow) == direction(fine):
        return f"{text} Both {_moves(fine)}, so the swap does not change fine detail alone."
    if direction(slow):
        return f"{text} Slow changes go the other way."
    return f"{text} No effect on slow changes is distinguishable."


def _moves(found: Estimate) -> str:
    return "rise" if direction(found) > 0 else "fall"


def _matched(numbers: Metrics, name: str) -> str:
    """With the noise levels matched: the shape alone, the whole, and the part of the start."""
    start: Start = numbers.start[name]
    fine: Estimate = numbers.difference.high_frequency[name].matched
    slow: Estimate = numbers.difference.low_frequency[name].matched
    level, cause = f"the default’s last level, t = {start.timestep} of {NAMES[name]}", "its first steps"
    cause += ", which have less signal than any step of training and cannot be matched"
    if start.begun_later == "default":
        level, cause = f"the last level of {NAMES[name]}, t = {start.timestep} of the default", "the different start"
    return (
        f"Matched and both begun at {level}, fine detail differs by "
        f"{_change(start.beyond, begun_there(numbers, name))}; slow changes were not compared. "
        "Matched and run as a whole, it differs by "
        f"{_change(fine, numbers.high_frequency.default.matched.value)} and slow changes by "
        f"{_change(slow, numbers.low_frequency.default.matched.value)}; {_levels(start.alone)}"
        f"{'' if direction(start.alone) else ' (not distinguishable from 0)'} of fine detail is due to {cause}."
    )


def _change(found: Estimate, base: float) -> str:
    """A difference in grey levels, and in percent of what the default has."""
    if not base:
        return _levels(found)
    return f"{_levels(found)} ({'+' if found.value > 0 else ''}{percent(found.value / base)})"


def _levels(found: Estimate) -> str:
    return f"{decimal(found.value, digits(found))} {interval(found, 1, digits(found))}"


def digits(found: Estimate) -> int:
    """Three decimals, or four where an end that is not zero would be shown as zero."""
    return 4 if any(end and abs(end) < 0.0005 for end in (found.value, found.low, found.high)) else 3


def _swap(numbers: Metrics) -> Finding:
    lost, matched = (_accuracy_changes(numbers, way) for way in WAYS)
    if any(direction(found) for found in (*lost.values(), *matched.values())):
        lead = f"Swapped naively, {_recognised(lost)}; matched, {_recognised(matched)}"
    else:
        lead = "Swapped naively or matched, no schedule is distinguishable from the default in recognised things"
    parts = [
        f"{NAMES[name]} changes the share of things classified correctly by {_points(lost[name])} swapped naively and "
        f"by {_points(matched[name])} matched"
        for name in lost
    ]
    start, text = with_interval(numbers.thing_accuracy.default.naive), "; ".join(parts)
    return Finding(lead, f"{text[0].upper()}{text[1:]}. The default has {start}.")


def _accuracy_changes(numbers: Metrics, way: str) -> dict[str, Estimate]:
    """By schedule, the share of things classified correctly less the default's."""
    shares, changes = numbers.thing_accuracy, numbers.difference.thing_accuracy
    return {name: paired_difference(change[way], shares[name][way], shares.default[way]) for name, change in changes}


def _recognised(moved: dict[str, Estimate]) -> str:
    sides = {way: [NAMES[name] for name, found in moved.items() if direction(found) == way] for way in (-1, 1)}
    words = [f"{kind} things with {listing(sides[way])}" for way, kind in ((-1, "fewer"), (1, "more")) if sides[way]]
    if not words:
        return "no schedule is distinguishable from the default"
    return f"the judge recognises {' and '.join(words)} than with the default"


def _points(found: Estimate) -> str:
    """Points, without an interval where no prompt changes: nothing was seen that could give its width."""
    return "0.0 points (no prompt’s share changes)" if found.low == found.high == 0 else paired_points(found)


def _end(numbers: Metrics) -> Finding:
    left = numbers.terminal_alphas_cumprod
    rest: dict[str, float] = {NAMES[name]: value for name, value in left}
    most = max(rest, key=lambda name: rest[name])
    text = (
        ", ".join(f"{name} {value:.2g}" for name, value in rest.items())
        + ". Sampling starts from pure noise, as if that were 0: the more is left, the further the start is from what "
        "the first step expects."
    )
    below = [NAMES[name] for name, value in left if value < left.default]
    if below:
        text += (
            f" The model was not trained at levels with less signal than {left.default:.2g}. The first steps of "
            f"{listing(below)} lie there; they are given the last timestep, and so are not matched."
        )
    return Finding(
        f"By its formula, the {most} schedule leaves the most signal at its end", f"ᾱ of the last timestep: {text}"
    )


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    return {
        "schedules": Figure(
            inputs.picture(STAGE, "schedules.png"),
            "Three panels of curves over the timestep: β, the share of signal left, and its log-SNR",
            "The three schedules. They begin and end at the same β.",
            "plot",
        ),
        "pictures": Figure(
            inputs.picture(STAGE, "pictures.png"),
            "Grid: a row for each schedule and way, a column for each noise",
            "The same prompts from the same noises. Each column is one prompt and one noise.",
        ),
        "film": Figure(
            inputs.picture(STAGE, "film.png"),
            "Film strips: a row for each prompt and schedule, a column for each number of steps done",
            "The sampler’s own states, decoded, with the noise levels matched. The report looked at steps 150 and 200 "
            "of its own.",
        ),
    }


STUDY = Study(
    slug="noise-schedules",
    number="A4",
    title="Noise schedules",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Generated pictures in a row, two noises, each under three schedules",
        "Two prompts, each from one noise under the three schedules, with the noise levels matched.",
    ),
    questions={"schedule": "Can a noise schedule favour features or styles?"},
)
