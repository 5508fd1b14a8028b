"""The section evaluate_picture_judge of params.yaml."""

from __future__ import annotations

from pydantic import Field

from rediffuse.pipeline.params import DeviceSection

STAGE = "evaluate_picture_judge"


class Params(DeviceSection):
    """How the judge of pictures is examined."""

    pictures_per_drawing: int = Field(
        ge=1, le=100, description="compositions of each drawing by an artist it never saw"
    )
    pairs: int = Field(ge=10, le=100_000, description="pictures of a thing on a scene on which it was never trained")
    baseline_pictures: int = Field(
        ge=1, le=1_000_000, description="pictures of training drawings that 1-nearest neighbour on pixels compares with"
    )
    examples: int = Field(ge=8, le=200, description="pictures shown with what the judge read")
