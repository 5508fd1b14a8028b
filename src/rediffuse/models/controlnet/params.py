"""Section ``train_controlnet``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from rediffuse.models.text2image.shared_params import ArrangementSection
from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import TrainingSection

STAGE = "train_controlnet"

Channels = Annotated[int, Field(ge=1, le=1024)]
Width = Annotated[float, Field(ge=1, le=8)]


class HandSection(Section):
    """How the sketches that are learned from depart from the drawings' outlines, as people's do."""

    line_widths: tuple[Width, Width] = Field(description="smallest and largest width of the lines, pixels")
    shape_only: float = Field(ge=0, le=1, description="share of sketches without the lines inside of the shape")
    scale: float = Field(ge=0, le=0.5, description="largest change of a sketch's size, as a fraction")
    shift: float = Field(ge=0, le=0.5, description="largest shift to each side, in drawings' sides")
    bend: float = Field(ge=0, le=0.1, description="standard deviation by which lines are bent, in drawings' sides")

    @field_validator("line_widths")
    @classmethod
    def _rising(cls, widths: tuple[float, float]) -> tuple[float, float]:
        if widths[0] > widths[1]:
            raise ValueError(f"line_widths must rise, found {list(widths)}")
        return widths


class Params(TrainingSection):
    """A ControlNet of sketches for ``models/text2image``."""

    conditioning_channels: tuple[Channels, ...] = Field(
        min_length=1, max_length=6, description="of what reads the sketch; as many as the autoencoder has resolutions"
    )
    pictures: int = Field(ge=1, le=10_000_000, description="compositions that are learned from")
    unknown_things_fraction: float = Field(
        ge=0, le=1, description="fraction of the compositions with things that the model does not know"
    )
    arrangement: ArrangementSection
    hand: HandSection
    drawing_weight: float = Field(
        ge=0, le=100, description="weight of the mean loss on the drawing; that on the whole picture has 1"
    )
    train_decoder: bool = Field(description="whether a copy of the U-Net's decoder, its second half, is trained, too")
    drop_caption: float = Field(ge=0, le=1, description="share of rows trained with the empty caption")
    ema_decay: float = Field(ge=0, lt=1, description="largest decay of the averaged weights")
