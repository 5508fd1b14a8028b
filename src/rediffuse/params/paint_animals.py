"""The section paint_animals of params.yaml."""

from __future__ import annotations

from pydantic import Field

from rediffuse.params.base import StageSection


class Params(StageSection):
    """How many animals are painted."""

    pictures: int = Field(ge=1, le=10000, description="of each of the five animals")
