"""Parameters that stages of the digits share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import TrainingSection


class AugmentationSection(Section):
    """How far each training image of a reader is moved and bent; uniform between minus and plus these."""

    shift: float = Field(ge=0, le=8, description="largest shift, pixels")
    rotation: float = Field(ge=0, le=45, description="largest turn, degrees")
    scale: float = Field(ge=0, le=0.5, description="largest share by which a side grows or shrinks")
    shear: float = Field(ge=0, le=0.5, description="largest tangent of the slant")


class ReaderSection(TrainingSection):
    """Training of a classifier of digits: the judge or the selector."""

    widths: tuple[Annotated[int, Field(ge=8, le=1024)], ...] = Field(
        min_length=4, max_length=4, description="channels from the image to the head"
    )
    mnistm_fraction: float = Field(gt=0, lt=1, description="share of each batch drawn from the first set, MNIST-M")
    augmentation: AugmentationSection
