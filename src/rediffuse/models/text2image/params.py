"""The section train_text2image of params.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.diffusion.shared_params import ScheduleSection, Weighting
from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import OptimizerSection, TrainingSection

STAGE = "train_text2image"

Width = Annotated[int, Field(ge=16, le=2048, multiple_of=16)]


class AutoencoderSection(Section):
    """The autoencoder, in the words of diffusers' ``AutoencoderKL``, and how it is trained."""

    block_out_channels: tuple[Width, ...] = Field(min_length=1, max_length=5, description="each but the last halves")
    layers_per_block: int = Field(ge=1, le=4, description="residual blocks at each resolution")
    latent_channels: int = Field(ge=1, le=64, description="numbers kept of each place")
    kl_weight: float = Field(ge=0, le=1, description="weight of the KL divergence, against the mean absolute error")
    optimizer: OptimizerSection
    steps: int = Field(ge=1, le=10_000_000, description="optimizer steps")
    batch_size: int = Field(ge=1, le=65536, description="pictures a step")
    warmup: int = Field(ge=0, description="steps in which the learning rate rises")

    @property
    def factor(self) -> int:
        """Pixels to the side of a latent."""
        return int(2 ** (len(self.block_out_channels) - 1))


class UNetSection(Section):
    """The network that denoises latents, in the words of diffusers' ``UNet2DConditionModel``."""

    block_out_channels: tuple[Width, ...] = Field(min_length=1, max_length=4, description="each but the last halves")
    layers_per_block: int = Field(ge=1, le=4, description="residual blocks at each resolution")
    cross_attention: tuple[bool, ...] = Field(description="whether each resolution attends to the words")
    attention_heads: int = Field(ge=1, le=64, description="heads; they divide every width")


class Params(TrainingSection):
    """The latent text-to-image model."""

    things: int = Field(ge=1, le=10_000, description="how many things it learns, the 50 classes first")
    image_size: int = Field(ge=16, le=64, description="side of a picture, pixels; drawings are stored at 64")
    defects: float = Field(ge=0, le=1, description="share of pictures that are spoiled, and captioned so")
    style_rate: float = Field(ge=0, le=1, description="share of the captions that name the artist's style")
    autoencoder: AutoencoderSection
    pictures: int = Field(ge=1, le=10_000_000, description="compositions whose latents are kept and learned from")
    unet: UNetSection
    schedule: ScheduleSection
    weighting: Weighting = Field(description="weight of each timestep in the loss")
    drawing_weight: float = Field(
        ge=0, le=100, description="weight of the mean loss on the drawing; that on the whole picture has 1"
    )
    timestep_power: float = Field(
        ge=0, le=8, description="sampled timesteps are in proportion to (1 − ᾱ_t) to this power"
    )
    drop_caption: float = Field(ge=0, lt=1, description="share of rows trained with the empty caption")
    ema_decay: float = Field(ge=0, lt=1, description="largest decay of the averaged weights")

    @model_validator(mode="after")
    def _consistent(self) -> Params:
        unit = self.autoencoder.factor * 2 ** (len(self.unet.block_out_channels) - 1)
        if self.image_size % unit:
            raise ValueError(
                f"image_size {self.image_size} must be a multiple of {unit}, by which the networks divide it"
            )
        for width in self.unet.block_out_channels:
            if width % self.unet.attention_heads:
                raise ValueError(
                    f"unet.attention_heads {self.unet.attention_heads} must divide every unet.block_out_channels, "
                    f"found {width}"
                )
        if len(self.unet.cross_attention) != len(self.unet.block_out_channels):
            raise ValueError(
                f"unet.cross_attention must have one entry for each of unet.block_out_channels, "
                f"found {len(self.unet.cross_attention)} for {len(self.unet.block_out_channels)}"
            )
        if self.autoencoder.warmup >= self.autoencoder.steps:
            raise ValueError(
                f"autoencoder.warmup {self.autoencoder.warmup} must be below autoencoder.steps {self.autoencoder.steps}"
            )
        return self
