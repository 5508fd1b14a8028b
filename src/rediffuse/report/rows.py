"""A row of a table of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rediffuse.evaluation.metrics import Estimate


class Row(NamedTuple):
    """What was measured, and beside what it stands.

    Attributes:
        what: was measured.
        measured: value with its interval.
        beside: trivial baseline or rival; empty where there is none.
        n: over how many.
        short: whether README has the row too, whose table holds the main numbers alone.
    """

    what: str
    measured: str
    beside: str
    n: str
    short: bool = False


class Drawings(Protocol):
    """What was measured over pictures of drawings."""

    @property
    def n(self) -> int:
        """Pictures."""

    @property
    def drawings(self) -> int:
        """Drawings that they show."""


class OfDrawings(Drawings, Protocol):
    """The same of one share."""

    @property
    def ours(self) -> Estimate:
        """The share."""


def share_text(found: Estimate) -> str:
    """A share with its interval."""
    return f"{found.mean:.1%} ({found.low:.1%} to {found.high:.1%})"


def pictures_text(found: Drawings) -> str:
    """Pictures and the drawings that they show."""
    return f"{found.n:,} pictures of {found.drawings:,} drawings"


def beside_baseline(
    what: str, found: OfDrawings, baseline: Estimate | None, name: str = "1-NN", *, short: bool = False
) -> Row:
    """A share beside its trivial baseline."""
    beside = f"{name}: {share_text(baseline)}" if baseline else ""
    return Row(what, share_text(found.ours), beside, pictures_text(found), short)


def markdown_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
