"""Section ``evaluate_digits``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.diffusion.shared_params import SamplerSection
from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.pipeline.params import DeviceSection, Section

STAGE = "evaluate_digits"

Scale = Annotated[KeyNumber, Field(ge=0, le=50)]


class SweepSection(Section):
    """The sweep over guidance scales."""

    guidance_scales: tuple[Scale, ...] = Field(min_length=1, max_length=50, description="1 is conditional only")
    images_per_digit: int = Field(ge=3, le=1000, description="images of each digit of each set at each scale")

    @model_validator(mode="after")
    def _rising(self) -> SweepSection:
        if list(self.guidance_scales) != sorted(set(self.guidance_scales)):
            raise ValueError(f"guidance_scales must rise, found {list(self.guidance_scales)}")
        return self


class Params(DeviceSection):
    """Judging the digits that the model draws."""

    guidance_scale: float = Field(ge=0, le=50, description="of the reported images; report B's w is guidance_scale - 1")
    sampler: SamplerSection
    images_per_digit: int = Field(ge=3, le=999, description="images of each digit of each set; the course grades 50")
    sweep: SweepSection
    film_timesteps: tuple[Annotated[int, Field(ge=1, le=4000)], ...] = Field(
        min_length=1, max_length=12, description="timesteps of the film strip, counted 1 to T as in the report"
    )
    nearest_pairs: int = Field(ge=1, le=50, description="generated images shown beside their nearest training image")

    @model_validator(mode="after")
    def _falling(self) -> Params:
        if list(self.film_timesteps) != sorted(set(self.film_timesteps), reverse=True):
            raise ValueError(f"film_timesteps must fall, found {list(self.film_timesteps)}")
        return self
