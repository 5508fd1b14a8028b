"""A6: an attribute changed by steering the latents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs
from rediffuse.page.shares import SHARES_NOTE
from rediffuse.page.study import Content, Figure, Headline, Scrubber, Strip, Study
from rediffuse.page.wording import interval, percent
from rediffuse.pipeline.errors import InputError
from rediffuse.report.sections.a6_edit_attribute_findings import findings
from rediffuse.studies.a6_edit_attribute.metrics import Metrics, Way

STAGE = Metrics.STAGE


@dataclass(frozen=True)
class Row:
    """One way to edit, as a row of the tables."""

    scale: float | None  # s; None for drawing anew
    way: Way
    choosing: float | None  # both, on the noises by which the scale was chosen


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures; the report that is reproduced gave no number."""
    del references
    numbers = inputs.numbers(Metrics)
    data: dict[str, Any] = {
        "numbers": numbers,
        "rows": _rows(numbers),
        "shares_note": SHARES_NOTE,
        "figures": _figures(inputs, numbers),
        "scrubber": _scrubber(inputs, numbers),
    }
    return Content(_headlines(numbers), findings(numbers), data)


def _rows(numbers: Metrics) -> list[Row]:
    steered = [Row(float(key), way, numbers.choosing.both.get(key)) for key, way in numbers.curve.items()]
    return [*steered, Row(None, numbers.redrawn, None)]


def _headlines(numbers: Metrics) -> list[Headline]:
    both, changed = numbers.best.both, numbers.best.changed
    note = f"{numbers.best.n} sources classified as asked, of {numbers.things.right} things"
    return [
        Headline(
            "edited as asked: scene changed and thing kept",
            both.value,
            percent(both.value),
            interval(both, 100, 1),
            f"{note}; s = {numbers.best.scale:g}",
        ),
        Headline(
            "scene changed, whatever became of the thing",
            changed.value,
            percent(changed.value),
            interval(changed, 100, 1),
            f"thing kept in {percent(numbers.best.kept.value)}",
        ),
    ]


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
    scales = ", ".join(f"{scale:g}" for scale in numbers.scales)
    return {
        "curves": Figure(
            inputs.picture(STAGE, "curves.png"),
            "Curves against the edit scale: scene changed, thing kept, and both, with 95 % intervals",
            f"Of the {numbers.best.n} sources classified as asked, over s. Shaded: 95 % interval by thing.",
            "plot",
        ),
        "edges": Figure(
            inputs.picture(STAGE, "edges.png"),
            "Curve of the F1 of edited and source edges against the edit scale",
            "F1 of the edges against the source’s, mean over things. Dashed: the target drawn anew from the same "
            "noise, and sources of two different things.",
            "plot",
        ),
        "things": Figure(
            inputs.picture(STAGE, "things.png"),
            "Grid of edited pictures: a row for each thing, a column for each edit scale",
            "Things drawn by chance among the sources classified as asked, over s. Below each the "
            "scene, where the judge reads the source’s or the target’s, and “lost” where it no longer reads the thing.",
        ),
        "strip": Figure(
            inputs.picture(STAGE, "strip.png"),
            "Grid of edited landscapes: a row for each noise, a column for each edit scale",
            f"The prompt that is nearest to the report’s landscape with mountains, from several noises; s = {scales}.",
        ),
    }


def _scrubber(inputs: Inputs, numbers: Metrics) -> Scrubber:
    frames = inputs.frames(STAGE)
    if len(frames) != len(numbers.curve):
        raise InputError(
            f"{inputs.root / 'plots' / STAGE / 'frames'}: found {len(frames)} frames, expected {len(numbers.curve)}, "
            f"one for each scale of metrics/{STAGE}.json; run the stage {STAGE} again"
        )
    return Scrubber(
        "edit-scale",
        "Edit scale",
        tuple(frame.picture for frame in frames),
        tuple(f"s = {scale:g}" for scale in numbers.scales),
        "Several pictures under one edit scale",
        "The same things side by side; the slider sets s. At 0 they are the sources.",
    )


STUDY = Study(
    slug="edit-attribute",
    number="A6",
    title="An attribute changed: the scene of a picture",
    stages=(STAGE,),
    build=build,
    strip=Strip(
        "Pairs of generated pictures in a row, source and edited",
        "Sources, each beside its edited picture.",
    ),
)
