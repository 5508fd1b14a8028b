"""A4: noise schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.report.inputs import Estimate, Inputs, Metrics
from rediffuse.report.references import References
from rediffuse.report.study import Content, Figure, Finding, Headline, Scrubber, Strip, Study
from rediffuse.report.wording import direction, interval, listing, points, significant, with_interval

STAGE = "noise_schedules"
NAMES = {"default": "default", "inverse_square": "inverse-square", "log_decay": "log-decay"}
WAYS = ("naive", "matched")
PARTS = ("alone", "beyond")
BANDS = {"high_frequency": "fine detail", "low_frequency": "slow changes"}

Told = dict[str, dict[str, Estimate]]  # by schedule and way


@dataclass(frozen=True)
class Start:
    """The default schedule begun where another one begins."""

    timestep: int
    alone: Estimate  # what that changes of the default's fine detail
    beyond: Estimate  # what the other schedule changes on top


@dataclass(frozen=True)
class Numbers:
    """metrics/noise_schedules.json, checked."""

    bands: dict[str, Told]  # rms in grey levels, by band
    thing: Told
    difference: dict[str, Told]  # from the default, by band, and ``thing_accuracy``
    terminal: dict[str, float]  # ᾱ of the last timestep
    starts: dict[str, Start]  # of the schedules that end with more signal than the default
    n: int
    prompts: int
    cutoff: float


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def told(key: str) -> Told:
        return {
            name: {way: metrics.estimate((key, name, way), ("interval", key, name, way)) for way in WAYS}
            for name in NAMES
        }

    def changed(key: str) -> Told:
        place = ("difference", key)
        return {
            name: {way: metrics.estimate((*place, name, way, "mean"), (*place, name, way)) for way in WAYS}
            for name in NAMES
            if name != "default"
        }

    def start(name: str) -> Start:
        alone, beyond = (metrics.estimate(("start", name, key, "mean"), ("start", name, key)) for key in PARTS)
        return Start(int(metrics.number("start", name, "timestep")), alone, beyond)

    return Numbers(
        bands={key: told(key) for key in BANDS},
        thing=told("thing_accuracy"),
        difference={key: changed(key) for key in (*BANDS, "thing_accuracy")},
        terminal={name: metrics.fraction("terminal_alphas_cumprod", name) for name in NAMES},
        starts={name: start(name) for name in NAMES if name in metrics.at("start")},
        n=metrics.count("n"),
        prompts=metrics.count("prompts"),
        cutoff=metrics.number("cutoff"),
    )


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report that is reproduced gave no number."""
    del references
    numbers = read(inputs.metrics(STAGE))
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
        "figures": _figures(inputs, numbers),
        "scrubber": scrubber,
        "largest": _largest(numbers),
    }
    return Content([_headline(numbers)], findings(numbers), data)


def _headline(numbers: Numbers) -> Headline:
    found = numbers.difference["high_frequency"]["inverse_square"]["matched"]
    return Headline(
        "grey levels of fine detail that an inverse-square schedule adds",
        found.value,
        significant(found.value, 2),
        interval(found),
        f"the default has {significant(numbers.bands['high_frequency']['default']['matched'].value)}; n = {numbers.n}",
    )


def findings(numbers: Numbers) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    return [
        _claim(numbers, "inverse_square", "high_frequency", 1, "favours fine detail"),
        _claim(numbers, "log_decay", "high_frequency", -1, "gives smooth gradients, with less fine detail"),
        *(_start(numbers, name) for name in numbers.starts),
        _swap(numbers),
        _end(numbers),
    ]


def _claim(numbers: Numbers, name: str, band: str, wanted: int, claim: str) -> Finding:
    found, naive = (numbers.difference[band][name][way] for way in ("matched", "naive"))
    words = {wanted: "holds", -wanted: "is refuted", 0: "cannot be confirmed"}
    swapped, matched = words[direction(naive)], words[direction(found)]
    subject = f"the report’s claim that {NAMES[name]} {claim}"
    lead = f"Swapped naively, {subject} {swapped}; with the noise levels matched it {matched}"
    if swapped == matched:
        lead = f"T{subject[1:]} {matched} in both ways"
    text = (
        f"With the noise levels matched, {BANDS[band]} changes by {significant(found.value, 2)} {interval(found)} grey "
        f"levels against the default’s {significant(numbers.bands[band]['default']['matched'].value)}, picture by "
        f"picture over {numbers.n} pictures of {numbers.prompts} prompts. Swapped naively it changes by "
        f"{significant(naive.value, 2)} {interval(naive)}."
    )
    return Finding(lead, text)


def _start(numbers: Numbers, name: str) -> Finding:
    start, whole = numbers.starts[name], numbers.difference["high_frequency"][name]["matched"]
    if not direction(whole):
        lead = f"Whether {NAMES[name]} does anything to fine detail beyond its start cannot be told"
    elif direction(start.beyond) == direction(whole):
        lead = f"What {NAMES[name]} does to fine detail is more than its start alone does"
    else:
        lead = f"What {NAMES[name]} does to fine detail is no more than its start alone does"
    text = (
        f"It ends with more signal left than the default, so sampling begins at a timestep, {start.timestep}, at which "
        f"the denoiser expects some. The default schedule begun there, with as many steps, changes fine detail by "
        f"{significant(start.alone.value, 2)} {interval(start.alone)} grey levels; {NAMES[name]} changes it by "
        f"{significant(start.beyond.value, 2)} {interval(start.beyond)} from there on."
    )
    return Finding(lead, text)


def _largest(numbers: Numbers) -> float:
    """The largest change of fine detail, as a share of the default's of the same way."""
    changes = numbers.difference["high_frequency"].values()
    default = numbers.bands["high_frequency"]["default"]
    return max(abs(found[way].value) / max(default[way].value, 1e-9) for found in changes for way in WAYS)


def _swap(numbers: Numbers) -> Finding:
    lost = {name: found["naive"] for name, found in numbers.difference["thing_accuracy"].items()}
    matched = {name: found["matched"] for name, found in numbers.difference["thing_accuracy"].items()}
    worse = [NAMES[name] for name, found in lost.items() if direction(found) < 0]
    if worse:
        let = "let" if len(worse) > 1 else "lets"
        lead = f"Swapped naively, {listing(worse)} {let} the judge recognise fewer things"
    else:
        lead = "That a naive swap costs recognisable things cannot be told"
    parts = [
        f"{NAMES[name]} changes the share of things read right by {points(lost[name])} swapped naively and by "
        f"{points(matched[name])} matched"
        for name in lost
    ]
    start = with_interval(numbers.thing["default"]["naive"])
    return Finding(lead, f"{'; '.join(parts)}. The default has {start}.")


def _end(numbers: Numbers) -> Finding:
    rest = {NAMES[name]: value for name, value in numbers.terminal.items()}
    most = max(rest, key=lambda name: rest[name])
    text = (
        ", ".join(f"{name} {value:.2g}" for name, value in rest.items())
        + ". Sampling starts from pure noise, as if that were 0: the more is left, the further the start is from what "
        "the first step expects."
    )
    below = [NAMES[name] for name, value in numbers.terminal.items() if value < numbers.terminal["default"]]
    if below:
        text += (
            " Below the default’s last level the model was trained at none: the first steps of "
            f"{listing(below)} are told the last timestep, and are not matched."
        )
    return Finding(f"The {most} schedule leaves the most signal at its end", f"ᾱ of the last timestep: {text}")


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
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
