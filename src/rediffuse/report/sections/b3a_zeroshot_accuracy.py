"""B3a: zero-shot accuracy on labelled pictures, things, artists and pairs that were held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.evaluation.shared_metrics import Beside
from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Content, Figure, Headline, Strip, Study
from rediffuse.page.wording import count, interval, percent
from rediffuse.report.sections.b3a_zeroshot_accuracy_findings import NEAREST, findings
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics, Scenes

STAGE = Metrics.STAGE


@dataclass(frozen=True)
class Row:
    """One accuracy and its trivial baseline on the same pictures."""

    label: str
    ours: Estimate
    baseline: Estimate | None  # 1-nearest neighbour on pixels, or the nearest mean picture
    lead: Estimate | None  # ours less the baseline's, paired
    drawings: int


def build(inputs: Inputs, references: References) -> Content:
    """Read the study's numbers and pictures."""
    numbers = inputs.numbers(Metrics)
    data: dict[str, Any] = {
        "numbers": numbers,
        "rows": _rows(numbers),
        "figures": _figures(inputs, numbers),
        "references": references.zeroshot_accuracy,
        "wordings": references.zeroshot_wordings,
    }
    return Content(_headlines(numbers, references), findings(numbers, references), data)


def _headlines(numbers: Metrics, references: References) -> list[Headline]:
    given = references.zeroshot_accuracy["report"]
    things, scenes = numbers.all_things, numbers.unseen_pairs
    return [
        Headline(
            f"right among {numbers.classes} classes (acc1)",
            numbers.ours.value,
            percent(numbers.ours.value),
            interval(numbers.ours, 100, 1),
            f"{count(numbers.ours.n or 0)} pictures of {numbers.drawings} drawings"
            f"{_beside(numbers)}{_white(numbers.on_white.classes)}; "
            f"the report had {percent(given.value)} on 50 classes of photographs",
        ),
        Headline(
            f"right among the words of {count(numbers.candidates)} things",
            things.ours.value,
            percent(things.ours.value),
            interval(things.ours, 100, 1),
            f"drawings of {count(things.things)} of the things by held-out artists{_beside(things)}"
            f"{_white(numbers.on_white.all_things)}",
        ),
        Headline(
            "of scenes classified correctly by prompts that name the thing, on held-out pairs of thing and scene",
            scenes.ours.value,
            percent(scenes.ours.value),
            interval(scenes.ours, 100, 1),
            f"{scenes.pairs} pairs, among five scenes{_beside(scenes, 'nearest mean picture')}; by prompts that do not "
            f"name it {percent(scenes.without_thing.acc1)}",
        ),
    ]


def _white(row: Beside) -> str:
    """The same drawings on white, where pixels compare best."""
    if row.baseline is None:
        return ""
    return f"; on white CLIP has {percent(row.ours.value)}, the neighbour {percent(row.baseline.value)}"


def _beside(row: Beside | Scenes, name: str = NEAREST) -> str:
    """The baseline, as a note has it."""
    return f"; {name}: {percent(row.baseline.value)}" if row.baseline else ""


def _rows(numbers: Metrics) -> list[Row]:
    """The rows of the table, the artists' own among them."""
    found: list[tuple[str, str, Beside | Scenes]] = [
        (f"{numbers.classes} classes, labelled pictures", "labelled pictures", numbers),
        ("all things, held-out artists", "all things", numbers.all_things),
        *(
            (label, label, part)
            for label, part in (
                ("the same things, drawings on white", numbers.on_white.all_things),
                ("classes of the set, drawings on white", numbers.on_white.classes),
            )
        ),
        ("ten things that no model was trained on", "", numbers.unseen_things),
        ("scene of held-out pairs", "", numbers.unseen_pairs),
    ]
    rows = []
    for label, short, part in found:
        rows.append(Row(label, part.ours, part.baseline, part.lead, part.drawings))
        rows += _artists(short, part) if isinstance(part, Beside) else []
    return rows


def _artists(label: str, part: Beside) -> list[Row]:
    nearest = part.baseline_1nn.by_style or {} if part.baseline_1nn else {}
    return [
        Row(f"{label}, {name} alone", own.ours, nearest[name].ours if name in nearest else None, None, own.drawings)
        for name, own in (part.by_style or {}).items()
    ]


def _figures(inputs: Inputs, numbers: Metrics) -> dict[str, Figure]:
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
