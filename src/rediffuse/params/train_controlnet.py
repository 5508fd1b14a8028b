"""Section ``train_controlnet``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rediffuse.params.training import TrainingSection

Channels = Annotated[int, Field(ge=1, le=1024)]


class Params(TrainingSection):
    """A ControlNet of sketches for ``models/text2image``."""

    conditioning_channels: tuple[Channels, ...] = Field(
        min_length=1, max_length=6, description="of what reads the sketch; as many as the autoencoder has resolutions"
    )
    things: int = Field(ge=1, le=10_000, description="how many things the model knows, as train_text2image has it")
    pictures: int = Field(ge=1, le=10_000_000, description="compositions that are learned from")
    thing_alone: float = Field(ge=0, le=1, description="share of sketches that show the thing without its scene")
    drop_caption: float = Field(ge=0, le=1, description="share of rows trained with the empty caption")
    ema_decay: float = Field(ge=0, lt=1, description="largest decay of the averaged weights")
