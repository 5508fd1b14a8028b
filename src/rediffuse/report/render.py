"""The report: one HTML file that holds its own pictures, styles and script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rediffuse.evaluation.references import references
from rediffuse.page import wording
from rediffuse.page.inputs import Inputs, Picture
from rediffuse.page.study import Content, Study
from rediffuse.report.params import Params
from rediffuse.report.sections.registry import STUDIES
from rediffuse.studies.picture_judge.metrics import Metrics as JudgeMetrics

TEMPLATES = Path(__file__).with_name("templates")
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Section:
    """A study, what it found, and its strip of pictures."""

    study: Study
    content: Content
    strip: Picture


def render(params: Params, root: Path) -> str:
    """The page of all studies.

    Args:
        params: heading, author and note.
        root: the folder in which ``metrics/`` and ``plots/`` lie.

    Raises:
        InputError: a metrics file, a key of it or a picture is missing or wrong.
    """
    inputs = Inputs(root)
    sections = [Section(study, study.build(inputs, references()), inputs.strip(study.stages[-1])) for study in STUDIES]
    environment = _environment()
    return environment.get_template("page.html").render(
        params=params,
        sections=sections,
        judge=inputs.numbers(JudgeMetrics),
        # Our own files, the only text that enters unescaped.
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "script.js").read_text(encoding="utf-8")),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, PACKAGE / "page", PACKAGE / "report" / "sections"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        percent=wording.percent,
        decimal=wording.decimal,
        significant=wording.significant,
        count=wording.count,
        interval=wording.interval,
        decimals_of=wording.decimals_of,
        listing=wording.listing,
    )
    return environment
