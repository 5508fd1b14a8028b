"""A4: noise schedules."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import decimal, direction, interval, listing, points, significant, with_interval
from rediffuse.studies.a4_noise_schedules.metrics import Metrics, Start, Ways

STAGE = Metrics.STAGE
NAMES = {"default": "default", "inverse_square": "inverse-square", "log_decay": "log-decay"}
WAYS = ("naive", "matched")
CLAIMS = {  # of the report, and what it says of fine detail if true: more or less of it
    "inverse_square": (1, "favours fine detail"),
    "log_decay": (-1, "gives smooth gradients"),
}
SMOOTH = "Smooth gradients are measured as less fine detail."
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
    start: Start = numbers.start[name]
    wanted, claim = CLAIMS[name]
    moved: Ways[Estimate] = numbers.difference.high_frequency[name]
    words = {
        1: "more than that of the default",
        0: "not distinguishable from that of the default",
        -1: "less than that of the default",
    }
    whole, shape, naive = direction(moved.matched), direction(start.beyond), direction(moved.naive)
    lead = f"With the noise levels matched, the fine detail of {NAMES[name]} is {words[whole]}"
    if whole == shape:
        lead += ", as a whole and from the same noise level"
    else:
        lead += f" as a whole, and {words[shape]} from the same noise level"
    lead += f"; swapped naively it is {words[naive]}"
    verdict = {1: "holds", -1: "is refuted"}.get(wanted * whole if whole == shape == naive else 0, "is not confirmed")
    lead += f": the report’s claim that it {claim} {verdict}"
    slow = numbers.difference.low_frequency[name].matched
    text = (
        f"With the noise levels matched, the schedule as a whole differs by {_levels(moved.matched)} grey levels from "
        f"the default’s {significant(numbers.high_frequency.default.matched.value)}, picture by picture over "
        f"{numbers.n} pictures of {numbers.prompts} prompts. {_parts(name, start)} Swapped naively, it differs by "
        f"{_levels(moved.naive)}. Slow changes differ by {_levels(slow)} from the default’s "
        f"{significant(numbers.low_frequency.default.matched.value)}, matched: what scales both bands is no change of "
        "detail alone."
    )
    return Finding(lead, f"{text} {SMOOTH}" if wanted < 0 else text)


def _parts(name: str, start: Start) -> str:
    """What of the difference comes from the start, and what from the shape."""
    if start.begun_later == "default":
        return (
            f"{NAMES[name].capitalize()} ends with more signal left. The default begun at that level, "
            f"t = {start.timestep}, differs by {_levels(start.alone)} from the default begun at its end; {NAMES[name]} "
            f"differs from it by {_levels(start.beyond)}, and that is what its shape does."
        )
    return (
        f"{NAMES[name].capitalize()} ends with less signal left. Begun at the default’s last level, its own "
        f"t = {start.timestep}, it differs by {_levels(start.beyond)}, and that is what its shape does; the levels "
        f"before, at which the denoiser was not trained, account for {_levels(start.alone)}"
        f"{'' if direction(start.alone) else ', which is not distinguishable from none'}."
    )


def _levels(found: Estimate) -> str:
    return f"{decimal(found.value, digits(found))} {interval(found, 1, digits(found))}"


def digits(found: Estimate) -> int:
    """Three decimals, or four where an end that is not zero would be shown as zero."""
    return 4 if any(end and abs(end) < 0.0005 for end in (found.value, found.low, found.high)) else 3


def _swap(numbers: Metrics) -> Finding:
    lost: dict[str, Estimate] = {name: found.naive for name, found in numbers.difference.thing_accuracy}
    matched: dict[str, Estimate] = {name: found.matched for name, found in numbers.difference.thing_accuracy}
    sides = {way: [NAMES[name] for name, found in lost.items() if direction(found) == way] for way in (-1, 1)}
    words = [f"{kind} with {listing(sides[way])}" for way, kind in ((-1, "fewer"), (1, "more")) if sides[way]]
    lead = "Swapped naively, no schedule is distinguishable from the default in recognised things"
    if words:
        lead = f"Swapped naively, the judge recognises {' and '.join(words)} than with the default"
    parts = [
        f"{NAMES[name]} changes the share of things classified correctly by {_points(lost[name])} swapped naively and "
        f"by {_points(matched[name])} matched"
        for name in lost
    ]
    start = with_interval(numbers.thing_accuracy.default.naive)
    return Finding(lead, f"{'; '.join(parts)}. The default has {start}.")


def _points(found: Estimate) -> str:
    """Points, without an interval where no prompt changes: nothing was seen that could give its width."""
    return "0.0 points (no prompt’s share changes)" if found.low == found.high == 0 else points(found)


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
            " Below the default’s last level the model was trained at none: the first steps of "
            f"{listing(below)} are told the last timestep, and are not matched."
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
