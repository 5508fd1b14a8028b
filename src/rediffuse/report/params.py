"""Parameters of the stage ``report``."""

from __future__ import annotations

from pydantic import Field

from rediffuse.pipeline.params import Section

STAGE = "report"


class Params(Section):
    """What stands above the studies."""

    title: str = Field(min_length=1, max_length=120, description="heading of the page and title of its window")
    author: str = Field(max_length=200, description="line below the heading; empty for none")
    note: str = Field(max_length=1000, description="a paragraph on this run, such as what was varied; empty for none")
