"""Section ``ddim_grids``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rediffuse.diffusion.shared_params import GuidanceInterval, Spacing
from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.hub_params import ModelSection
from rediffuse.pipeline.params import DeviceSection, Section

STAGE = "ddim_grids"

Grid = Literal["course", "leading", "trailing", "linspace"]
Eta = Annotated[KeyNumber, Field(ge=0, le=1)]


class EtaSection(Section):
    """The same noises with more and more of DDIM's own noise."""

    etas: tuple[Eta, ...] = Field(min_length=2, max_length=20, description="rising from 0, the reference")
    num_inference_steps: int = Field(ge=1, le=4000, description="DDIM steps; the course takes 50")
    noises: int = Field(ge=10, le=10_000, description="noises whose distance from the η = 0 image is measured")
    columns: int = Field(ge=1, le=20, description="noises shown in the grid")

    @model_validator(mode="after")
    def _consistent(self) -> EtaSection:
        if self.etas[0] != 0 or list(self.etas) != sorted(set(self.etas)):
            raise ValueError(f"etas must rise from 0, found {list(self.etas)}")
        if self.columns > self.noises:
            raise ValueError(f"columns {self.columns} must be at most noises {self.noises}")
        return self


class InterpolationSection(Section):
    """Images on the path between two noises."""

    num_alphas: int = Field(ge=3, le=101, description="points of the path, both ends included; odd, to have a middle")
    num_inference_steps: int = Field(ge=1, le=4000, description="DDIM steps, η = 0")
    pairs: int = Field(ge=2, le=10_000, description="pairs of noises that are measured; one of each set is shown")

    @model_validator(mode="after")
    def _odd(self) -> InterpolationSection:
        if self.num_alphas % 2 == 0:
            raise ValueError(f"num_alphas must be odd, so that alpha 0.5 is among them; found {self.num_alphas}")
        return self


class FacesSection(ModelSection):
    """The same on faces, by an unconditional model."""

    batch_size: int = Field(ge=1, le=4096, description="images drawn at once; also a lone one takes as long")
    grid: Grid = Field(description="which timesteps; course: leading, moved up by 1, with ᾱ_0 behind the last")
    clip_x0: bool = Field(description="clip the guess of x_0 to [-1, 1] at each step")
    noises: str | None = Field(
        min_length=1, description="a folder of noises 00.pt, 01.pt, …, which come first; or null"
    )
    eta: EtaSection
    interpolation: InterpolationSection


class Params(DeviceSection):
    """DDIM's η, and interpolation of noises."""

    guidance_scale: float = Field(ge=0, le=50, description="1 is conditional only")
    guidance_interval: GuidanceInterval
    spacing: Spacing = Field(description="which timesteps DDIM takes")
    clip_x0: bool = Field(description="clip the guess of x_0 to [-1, 1] at each step")
    eta: EtaSection
    interpolation: InterpolationSection
    faces: FacesSection
