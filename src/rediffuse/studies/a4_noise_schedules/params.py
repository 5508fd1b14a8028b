"""Section ``noise_schedules``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.models.clip.shared_params import Text
from rediffuse.models.text2image.shared_params import TextToImageSection, WordsSection

STAGE = "noise_schedules"

Step = Annotated[int, Field(ge=1)]


class Params(TextToImageSection):
    """Three noise schedules from the same noises (study A4)."""

    words: WordsSection
    prompts: int = Field(ge=2, le=100_000, description="prompts drawn under every schedule")
    pictures_per_prompt: int = Field(ge=1, le=1000, description="each from a noise of its own")
    cutoff: float = Field(gt=0, le=1.4, description="where fine detail begins, as a share of the Nyquist frequency")
    film_prompts: tuple[Text, ...] = Field(min_length=1, max_length=8, description="drawn step by step and shown")
    film_steps: tuple[Step, ...] = Field(min_length=1, max_length=12, description="steps after which they are shown")

    @model_validator(mode="after")
    def _within(self) -> Params:
        steps = list(self.film_steps)
        if steps != sorted(set(steps)) or steps[-1] > self.drawing.num_inference_steps:
            raise ValueError(
                f"film_steps must rise to at most drawing.num_inference_steps {self.drawing.num_inference_steps}, "
                f"found {steps}"
            )
        return self
