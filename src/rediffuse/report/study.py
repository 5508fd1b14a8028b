"""What a study gives to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rediffuse.report.inputs import Inputs, Picture
from rediffuse.report.references import References


@dataclass(frozen=True)
class Headline:
    """A number for the top of the page."""

    label: str
    value: float  # as in the metrics file
    text: str  # as it is read
    interval: str  # its 95 % interval, or what stands for it
    note: str


@dataclass(frozen=True)
class Finding:
    """A sentence that follows from the numbers, and the numbers that it follows from."""

    lead: str  # the sentence, without its full stop
    text: str


@dataclass(frozen=True)
class Figure:
    """A picture with its words.

    ``kind`` is ``grid`` for enlarged pixels, which must stay sharp, ``plot`` for drawn lines.
    """

    picture: Picture
    alt: str
    caption: str
    kind: Literal["grid", "plot"] = "grid"


@dataclass(frozen=True)
class Content:
    """What a study found in its inputs."""

    headlines: list[Headline]
    findings: list[Finding]
    data: Mapping[str, Any]  # for the study's template


@dataclass(frozen=True)
class Study:
    """One section of the page.

    The template ``templates/<slug>.html`` has a macro for each part of the section, ``aim``,
    ``method`` and ``results``, and one ``answer_<key>`` for each question; each takes the
    study's ``data``.
    """

    slug: str  # names the template and the anchors
    number: str
    title: str
    stages: tuple[str, ...]  # whose metrics and plots are read
    build: Callable[[Inputs, References], Content]
    questions: Mapping[str, str] = field(default_factory=dict)  # key → question
