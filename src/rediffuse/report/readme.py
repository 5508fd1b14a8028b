"""The tables of README and docs, written from metrics/, benchmarks/, dvc.yaml and the studies: ``make readme``.

A test compares them with the files, so README and docs cannot say what no run gave.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import fail, new_file
from rediffuse.report.blind_rows import blind_rows
from rediffuse.report.profile_table import profile_table
from rediffuse.report.rows import Row, markdown_table
from rediffuse.report.sections.registry import STUDIES
from rediffuse.report.study_rows import study_rows
from rediffuse.report.throughput import throughput_rows, throughput_table

README, RESULTS = Path("README.md"), Path("docs/results.md")
FILES = {  # table -> file that holds it
    "main results": README,
    "profiles": README,
    "all results": RESULTS,
    "throughput": RESULTS,
    "stages": Path("docs/architecture.md"),
    "studies": Path("docs/studies.md"),
}


def stages_table(stages: dict[str, Any], speed: dict[str, Any]) -> str:
    """What each stage does, and its seconds by the precision in which a processor trains."""
    rows = [
        (
            f"`{name}`",
            stage["desc"],
            stage["meta"]["expected"],
            *(_seconds(measured.get("stage_seconds", {}).get(name)) for measured in speed.values()),
        )
        for name, stage in stages.items()
    ]
    return markdown_table(("stage", "does", "expected", *speed), rows)


def fill(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between the markers of ``name``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def results_table(rows: list[Row]) -> str:
    """What was measured, beside its baseline or rival."""
    head = ("what", "measured, with interval", "baseline or rival", "n")
    return markdown_table(head, [(row.what, row.measured, row.beside, row.n) for row in rows])


def studies_table(stages: dict[str, Any]) -> str:
    """Number, title and last stage of each study, in the order of the page, and what that stage does."""
    rows = []
    for study in STUDIES:
        stage = study.stages[-1]
        rows.append((study.number, study.title, f"`{stage}`", stages[stage]["desc"].split(" (study ")[0]))
    return markdown_table(("study", "title", "stage", "what the stage does"), rows)


def filled() -> dict[Path, str]:
    """README and docs, each with its tables as the files have them now."""
    speed, stages = _read("benchmarks/results.json"), read_yaml(Path("dvc.yaml"))["stages"]
    things = read_yaml(Path("params.yaml"))["train_text2image"]["things"]
    blind = blind_rows(_read("benchmarks/naming.json"), things)
    rows = [*study_rows(), *blind, *throughput_rows(speed)]
    tables = {
        "main results": results_table([row for row in rows if row.short]),
        "profiles": profile_table(),
        "all results": results_table(rows),
        "throughput": throughput_table(speed),
        "stages": stages_table(stages, speed),
        "studies": studies_table(stages),
    }
    texts = {path: path.read_text(encoding="utf-8") for path in FILES.values()}
    for name, path in FILES.items():
        texts[path] = fill(texts[path], name, tables[name])
    return texts


def write_tables() -> None:
    """Write the tables of README and docs, or say in one line why they cannot be made."""
    try:
        texts = filled()
    except InputError as error:
        fail("readme", str(error))
    else:
        for path, text in texts.items():
            with new_file(path) as part:
                part.write_text(text, encoding="utf-8")


def _read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(Path(path), "expected numbers of a run")
    return found


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"


if __name__ == "__main__":
    write_tables()
