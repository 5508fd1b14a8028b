"""Parameters that stages of the digits share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rediffuse.params.training import TrainingSection


class ReaderSection(TrainingSection):
    """Training of a classifier of digits: the judge or the selector."""

    widths: tuple[Annotated[int, Field(ge=8, le=1024)], ...] = Field(
        min_length=4, max_length=4, description="channels from the image to the head"
    )
    shift: int = Field(ge=0, le=8, description="largest random shift of a batch, pixels")
