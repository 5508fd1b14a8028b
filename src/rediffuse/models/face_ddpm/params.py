"""Section ``train_face_ddpm``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.diffusion.shared_params import ScheduleSection, Weighting
from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import TrainingSection

STAGE = "train_face_ddpm"

Width = Annotated[int, Field(ge=16, le=1024, multiple_of=16)]


class NetworkSection(Section):
    """The U-Net, in the words of diffusers' ``UNet2DModel``."""

    patch_size: int = Field(
        ge=1, le=8, description="pixels of each side that are folded into channels before the U-Net; 1: none"
    )
    block_out_channels: tuple[Width, ...] = Field(min_length=2, max_length=6, description="halved in size from each")
    layers_per_block: int = Field(ge=1, le=8, description="residual blocks of each resolution, one more on the way up")
    attention: bool = Field(description="whether the lowest resolution attends to itself")
    dropout: float = Field(ge=0, lt=1, description="share of features dropped in the residual blocks")


class AugmentationSection(Section):
    """What is done to faces in training: a hundred of them are few."""

    mirror: bool = Field(description="half of the faces are mirrored, about the axis of the faces")
    shift: float = Field(ge=0, le=0.25, description="farthest move along each side, share of the side")
    zoom: float = Field(ge=0, le=0.5, description="largest relative change of size")
    turn: float = Field(ge=0, le=45, description="largest rotation, degrees")
    brightness: float = Field(ge=0, le=0.5, description="farthest move, share of the range from black to white")
    contrast: float = Field(ge=0, le=0.5, description="largest relative change of contrast")


class Params(TrainingSection):
    """The unconditional DDPM of the faces."""

    image_size: int = Field(ge=8, le=256, description="pixels of each side that it learns to draw")
    network: NetworkSection
    schedule: ScheduleSection
    weighting: Weighting = Field(description="weight of each timestep in the loss")
    augmentation: AugmentationSection
    ema_decay: float = Field(ge=0, lt=1, description="largest decay of the averaged weights")

    @model_validator(mode="after")
    def _divides(self) -> Params:
        factor = self.network.patch_size * 2 ** (len(self.network.block_out_channels) - 1)
        if self.image_size % factor:
            raise ValueError(
                f"image_size {self.image_size} must be a multiple of {factor}, for patch_size is "
                f"{self.network.patch_size} and block_out_channels has {len(self.network.block_out_channels)} entries"
            )
        return self
