"""The section train_picture_judge of params.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rediffuse.data.picture_batches.shared_params import AugmentationSection
from rediffuse.training.shared_params import TrainingSection

STAGE = "train_picture_judge"


class Params(TrainingSection):
    """Size of the judge of pictures, and how it is trained."""

    image_size: int = Field(ge=16, le=64, multiple_of=8, description="side of the pictures that it reads, pixels")
    widths: tuple[Annotated[int, Field(ge=8, le=1024)], ...] = Field(
        min_length=3, max_length=3, description="channels at a half, a quarter and an eighth of the side"
    )
    blocks: tuple[Annotated[int, Field(ge=1, le=8)], ...] = Field(
        min_length=3, max_length=3, description="residual blocks at each of them"
    )
    label_smoothing: float = Field(ge=0, lt=1, description="share of a label spread over all things")
    defects: float = Field(ge=0, le=1, description="share of pictures that are spoiled")
    augmentation: AugmentationSection
