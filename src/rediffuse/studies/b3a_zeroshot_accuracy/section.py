"""B3a: zero-shot accuracy on labelled pictures, things, artists and pairs that were held out."""

from __future__ import annotations

from typing import Any

from rediffuse.page.inputs import Inputs
from rediffuse.page.references import References
from rediffuse.page.study import Content, Figure, Headline, Strip, Study
from rediffuse.page.wording import count, interval, percent
from rediffuse.studies.b3a_zeroshot_accuracy.section_findings import NEAREST, findings
from rediffuse.studies.b3a_zeroshot_accuracy.section_numbers import Numbers, Row, read

STAGE = "zeroshot_accuracy"


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
            "of scenes classified correctly, on held-out pairs of thing and scene",
            scenes.ours.value,
            percent(scenes.ours.value),
            interval(scenes.ours, 100, 1),
            f"{numbers.pairs} pairs, among five scenes{_beside(scenes, 'nearest mean picture')}",
        ),
    ]


def _beside(row: Row, name: str = NEAREST) -> str:
    """The baseline, as a note has it."""
    return f"; {name}: {percent(row.baseline.value)}" if row.baseline else ""


def _figures(inputs: Inputs, numbers: Numbers) -> dict[str, Figure]:
    return {
        "cases": Figure(
            inputs.picture(STAGE, "cases.png"),
            "Pictures classified correctly and pictures classified wrongly, with bars for the five nearest classes",
            "Drawn by chance among those classified correctly and those classified wrongly: each with its true class "
            "above, and the probabilities in percent of the five nearest classes; green is the true one.",
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
