"""Parameters that every diffusion model and every sampler share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from rediffuse.pipeline.params import Section

BetaSchedule = Literal["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"]
PredictionType = Literal["epsilon", "v_prediction", "sample"]
Weighting = Literal["uniform", "min_snr", "soft_min_snr"]
Spacing = Literal["leading", "trailing", "linspace"]
SamplerName = Literal["ddim", "ddpm", "dpmpp"]


def _rises(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if not 0 <= low < high <= 1:
        raise ValueError(f"guidance_interval must rise within 0 to 1, found [{low:g}, {high:g}]")
    return interval


GuidanceInterval = Annotated[
    tuple[float, float],
    AfterValidator(_rises),
    Field(description="share of the timesteps, 0 clean to 1 noise, in which guidance acts"),
]


class ScheduleSection(Section):
    """The noise schedule of a model, in the words of diffusers' ``DDPMScheduler``."""

    beta_schedule: BetaSchedule = Field(description="linear as in the report; squaredcos_cap_v2 is the cosine")
    num_train_timesteps: int = Field(ge=2, le=4000, description="T")
    beta_start: float = Field(gt=0, lt=1, description="β of the first timestep (linear and its kin)")
    beta_end: float = Field(gt=0, lt=1, description="β of the last timestep (linear and its kin)")
    prediction_type: PredictionType = Field(description="what the network's output stands for")
    rescale_betas_zero_snr: bool = Field(description="end at SNR 0; needs v_prediction or sample")

    @model_validator(mode="after")
    def _consistent(self) -> ScheduleSection:
        if self.beta_start >= self.beta_end:
            raise ValueError(f"beta_start {self.beta_start:g} must be below beta_end {self.beta_end:g}")
        if self.rescale_betas_zero_snr and self.prediction_type == "epsilon":
            raise ValueError(
                "rescale_betas_zero_snr true needs prediction_type v_prediction or sample: "
                "from pure noise, epsilon says nothing of the image"
            )
        return self


class SamplerSection(Section):
    """How images are drawn from a model."""

    name: SamplerName = Field(description="ddim; ddpm: ancestral with variance β_t; dpmpp: DPM-Solver++ 2M")
    num_inference_steps: int = Field(ge=1, le=4000, description="steps, at most the schedule's T")
    spacing: Spacing = Field(description="which of the timesteps")
    eta: float = Field(ge=0, le=1, description="noise of ddim: 0 none, 1 as DDPM's posterior")
    clip_x0: bool = Field(description="ddim: clip the guess of x_0 to [-1, 1] at each step")
    guidance_interval: GuidanceInterval

    @model_validator(mode="after")
    def _consistent(self) -> SamplerSection:
        if self.name != "ddim" and (self.eta or self.clip_x0):
            raise ValueError(f"eta and clip_x0 belong to ddim; with name {self.name} they must be 0 and false")
        return self
