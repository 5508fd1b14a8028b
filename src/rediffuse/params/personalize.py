"""Section ``personalize``."""

from __future__ import annotations

from pydantic import Field

from rediffuse.params.base import Section


class InversionSection(Section):
    """How a word's embedding is learned."""

    learning_rate: float = Field(gt=0, le=1, description="AdamW's peak")
    steps: int = Field(ge=1, le=1_000_000, description="optimizer steps of each word")
    batch_size: int = Field(ge=1, le=4096, description="pictures a step")
    warmup: int = Field(ge=0, description="steps of rising learning rate")
    looks: int = Field(ge=2, le=50, description="places of the training that are measured, both ends included")
