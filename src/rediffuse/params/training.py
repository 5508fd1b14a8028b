"""Parameters that every training shares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rediffuse.params.base import DeviceSection, Section

Beta = Annotated[float, Field(ge=0, lt=1)]


class OptimizerSection(Section):
    """Muon for the weights inside a network, AdamW for the rest; or AdamW for all."""

    hidden_layers: Literal["muon", "adamw"] = Field(description="what trains the weights inside the network")
    muon_learning_rate: float = Field(gt=0, le=1, description="Muon's peak")
    learning_rate: float = Field(gt=0, le=1, description="AdamW's peak")
    betas: tuple[Beta, Beta] = Field(description="AdamW's")
    weight_decay: float = Field(ge=0, le=1, description="of both, times the learning rate")


class TrainingSection(DeviceSection):
    """Length and pace of a training."""

    optimizer: OptimizerSection
    steps: int = Field(ge=1, le=10_000_000, description="optimizer steps")
    batch_size: int = Field(ge=1, le=65536, description="images a step, over all processes")
    warmup: int = Field(ge=0, description="steps in which the learning rate rises")
    max_grad_norm: float = Field(gt=0, description="gradients are clipped to this norm")
    log_every: int = Field(ge=1, description="steps between two points of the curve")
    checkpoint_every: int = Field(ge=1, description="steps between two checkpoints of an unfinished run")

    @model_validator(mode="after")
    def _warm_in_time(self) -> TrainingSection:
        if self.warmup >= self.steps:
            raise ValueError(f"warmup {self.warmup} must be below steps {self.steps}")
        return self
