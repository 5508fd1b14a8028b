"""What a study gives to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rediffuse.evaluation.metrics import Estimate
from rediffuse.evaluation.references import References
from rediffuse.page.inputs import Inputs, Picture


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
class Decision:
    """A paired difference that decides a finding, as a table of the page shows it."""

    label: str
    estimate: Estimate
    share: bool = True  # of shares, shown in points
    digits: int = 2


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
class Scrubber:
    """Frames of equal size, one shown at a time, and a slider that chooses which."""

    key: str  # tells it from the page's other scrubbers: letters, digits and hyphens
    label: str  # what the slider moves
    frames: tuple[Picture, ...]
    values: tuple[str, ...]  # of each frame, as it is read beside the slider
    alt: str  # of each frame, before its value
    caption: str
    kind: Literal["grid", "plot"] = "grid"

    def __post_init__(self) -> None:
        """Check that each frame has its value.

        Raises:
            ValueError: they do not match, or there is none.
        """
        if not self.frames or len(self.frames) != len(self.values):
            raise ValueError(f"{self.key}: found {len(self.frames)} frames and {len(self.values)} values")

    @property
    def start(self) -> int:
        """The frame that is shown first, and where no script runs: the middle one."""
        return len(self.frames) // 2


@dataclass(frozen=True)
class Strip:
    """Words for the row of pictures beside a study's headline, ``plots/<its last stage>/summary.png``."""

    alt: str  # what is seen; the labels of the pictures follow it
    caption: str


@dataclass(frozen=True)
class Content:
    """What a study found in its inputs."""

    headlines: list[Headline]
    findings: list[Finding]
    data: Mapping[str, Any]  # for the study's template


@dataclass(frozen=True)
class Study:
    """One section of the page.

    The template ``<name>.html`` beside the section has a macro for each part of the section, ``aim``,
    ``method`` and ``results``, and one ``answer_<key>`` for each question; each takes the
    study's ``data``.
    """

    slug: str  # names the anchors of the page
    number: str
    title: str
    stages: tuple[str, ...]  # whose metrics and plots are read
    build: Callable[[Inputs, References], Content]
    strip: Strip
    questions: Mapping[str, str] = field(default_factory=dict)  # key → question

    @property
    def name(self) -> str:
        """Name of the section's module and of its template: number and slug, such as ``a4_noise_schedules``."""
        return f"{self.number}_{self.slug}".lower().replace("-", "_")
