"""Section ``sweep_guidance``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.clip.shared_params import ClipSection, Text
from rediffuse.models.text2image.shared_params import TextToImageSection, WordsSection
from rediffuse.pipeline.params import Section

STAGE = "sweep_guidance"

Scale = Annotated[KeyNumber, Field(ge=1, le=50)]


class SweepSection(Section):
    """The curves."""

    guidance_scales: tuple[Scale, ...] = Field(min_length=2, description="rising; 1 is the conditional model alone")
    prompts: int = Field(ge=2, le=100_000, description="prompts drawn at every scale in every cell")
    pictures_per_prompt: int = Field(ge=2, le=1000, description="each from a noise of its own; two or more vary")

    @model_validator(mode="after")
    def _rising(self) -> SweepSection:
        scales = list(self.guidance_scales)
        if scales != sorted(set(scales)):
            raise ValueError(f"guidance_scales must rise, found {scales}")
        return self


class BestSection(Section):
    """The pictures at the best scale, and the real ones beside them."""

    prompts: int = Field(ge=2, le=100_000, description="prompts, others than the sweep's")
    pictures_per_prompt: int = Field(ge=1, le=1000, description="each from a noise of its own")


class Params(TextToImageSection):
    """Guidance, a negative prompt and quality words (study A7)."""

    clip: ClipSection = Field(description="which CLIP measures closeness to the prompt")
    words: WordsSection
    negative_prompt: Text = Field(description="of the cells negative and both")
    suffix: Text = Field(description="set behind the prompts of the cells suffix and both")
    sweep: SweepSection
    best: BestSection
    strip_prompts: tuple[Text, ...] = Field(min_length=1, max_length=12, description="shown at every scale")

    @model_validator(mode="after")
    def _compared(self) -> Params:
        scales = list(self.sweep.guidance_scales)
        if self.drawing.guidance_scale not in scales:
            found = self.drawing.guidance_scale
            raise ValueError(f"drawing.guidance_scale must be one of sweep.guidance_scales {scales}, found {found}")
        return self
