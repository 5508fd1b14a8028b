"""Parameters that every training shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from rediffuse.pipeline.params import Section, StageSection

Beta = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class Pace:
    """How long a training goes on and how fast.

    Attributes:
        steps: optimizer steps in all.
        warmup: steps in which the learning rate rises; then it falls as a cosine does.
        max_grad_norm: gradients are clipped to this norm.
    """

    steps: int
    warmup: int = 0
    max_grad_norm: float = 1.0


class OptimizerSection(Section):
    """Muon for the weights inside a network, AdamW for the rest; or AdamW for all."""

    hidden_layers: Literal["muon", "adamw"] = Field(description="what trains the weights inside the network")
    muon_learning_rate: float = Field(gt=0, le=1, description="Muon's peak")
    learning_rate: float = Field(gt=0, le=1, description="AdamW's peak")
    betas: tuple[Beta, Beta] = Field(description="AdamW's")
    weight_decay: float = Field(ge=0, le=1, description="of both, times the learning rate")


class TrainingSection(StageSection):
    """Length and pace of a training."""

    splits_batches: ClassVar[bool] = True

    device: Literal["auto", "cpu", "cuda", "cuda_graphs"] = Field(
        description="auto: CUDA where there is one, else the CPU; cuda_graphs: CUDA with captured steps"
    )
    optimizer: OptimizerSection
    steps: int = Field(ge=1, le=10_000_000, description="optimizer steps")
    batch_size: int = Field(ge=1, le=65536, description="images a step, over all processes")
    warmup: int = Field(ge=0, description="steps in which the learning rate rises")
    max_grad_norm: float = Field(gt=0, description="gradients are clipped to this norm")
    log_every: int = Field(ge=1, description="steps between two points of the curve")
    checkpoint_every: int = Field(ge=1, description="steps between two checkpoints of an unfinished run")

    @property
    def pace(self) -> Pace:
        """What the training loop needs to know."""
        return Pace(self.steps, self.warmup, self.max_grad_norm)

    @model_validator(mode="after")
    def _warm_in_time(self) -> TrainingSection:
        if self.warmup >= self.steps:
            raise ValueError(f"warmup {self.warmup} must be below steps {self.steps}")
        return self
