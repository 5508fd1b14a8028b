"""Section ``train_digit_ddpm``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.diffusion.shared_params import SamplerSection, ScheduleSection, Weighting
from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import TrainingSection

STAGE = "train_digit_ddpm"

Width = Annotated[int, Field(ge=16, le=1024, multiple_of=16)]


class NetworkSection(Section):
    """The U-Net, in the words of ``DigitUNet``."""

    patch_size: int = Field(description="folding of the image before the first convolution: 1, 2 or 7", ge=1, le=7)
    block_out_channels: tuple[Width, Width] = Field(description="channels at the higher and the lower resolution")
    layers_per_block: tuple[Annotated[int, Field(ge=1, le=8)], Annotated[int, Field(ge=1, le=8)]] = Field(
        description="residual blocks of the two resolutions, on the way down and again on the way up"
    )
    mid_layers: int = Field(ge=0, le=8, description="residual blocks between the two ways")
    attention_heads: int = Field(ge=1, le=64, description="heads at the lower resolution")
    embedding_dim: int = Field(ge=8, le=4096, description="width of the embedding of timestep and condition")
    dropout: float = Field(ge=0, lt=1, description="share of features dropped at the lower resolution")

    @model_validator(mode="after")
    def _consistent(self) -> NetworkSection:
        if 28 % (2 * self.patch_size):
            raise ValueError(
                f"patch_size {self.patch_size} does not fold 28 pixels into an even side; allowed: 1, 2, 7"
            )
        low = self.block_out_channels[1]
        if low % self.attention_heads:
            raise ValueError(f"attention_heads {self.attention_heads} must divide block_out_channels[1] = {low}")
        return self


class SelectionSection(Section):
    """Choosing among checkpoints by the selector's accuracy on few-step samples."""

    candidates: int = Field(ge=1, le=100, description="checkpoints compared, evenly spaced up to the last step")
    first: float = Field(gt=0, le=1, description="share of the steps at which the first is taken")
    images_per_digit: int = Field(ge=1, le=1000, description="samples of each digit of each set")
    guidance_scale: float = Field(ge=0, le=50, description="1 conditional only")
    sampler: SamplerSection


class Params(TrainingSection):
    """The conditional DDPM of the digits."""

    network: NetworkSection
    schedule: ScheduleSection
    weighting: Weighting = Field(description="weight of each timestep in the loss")
    drop_condition: float = Field(ge=0, lt=1, description="share of rows trained without digit and set")
    ema_decay: float = Field(ge=0, lt=1, description="largest decay of the averaged weights")
    selection: SelectionSection

    @model_validator(mode="after")
    def _consistent(self) -> Params:
        steps, count = self.selection.sampler.num_inference_steps, self.schedule.num_train_timesteps
        if steps > count:
            raise ValueError(
                f"selection.sampler.num_inference_steps {steps} must be at most num_train_timesteps {count}"
            )
        return self

    def candidate_steps(self) -> list[int]:
        """Steps, rising, after which a candidate is taken; the last step is always among them."""
        first, count = self.selection.first * self.steps, self.selection.candidates
        gap = (self.steps - first) / max(1, count - 1)
        return sorted({max(1, round(self.steps - index * gap)) for index in range(count)})
