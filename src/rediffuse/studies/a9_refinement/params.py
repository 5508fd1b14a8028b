"""Section ``refine_with_clip``."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.clip.shared_params import ClipSection, Text
from rediffuse.models.text2image.shared_params import TextToImageSection, WordsSection
from rediffuse.pipeline.params import Section

STAGE = "refine_with_clip"


class AscentSection(Section):
    """How x_T climbs CLIP's similarity."""

    iterations: int = Field(ge=1, le=1000, description="steps of the ascent")
    learning_rates: tuple[KeyNumber, ...] = Field(
        min_length=1, max_length=20, description="length of a step as a share of that of x_T; rising"
    )
    momentum: float = Field(ge=0, lt=1, description="of the direction; 0 is none")
    norm: Literal["keep", "free"] = Field(description="keep: x_T stays as long as it was | free: it may grow")
    recompute: bool = Field(description="compute each step of the sampler twice, to keep little in memory")

    @model_validator(mode="after")
    def _rising(self) -> AscentSection:
        rates = self.learning_rates
        if rates[0] <= 0 or any(later <= earlier for earlier, later in pairwise(rates)):
            raise ValueError(f"learning_rates must rise and be above 0, found {list(rates)}")
        return self


class Params(TextToImageSection):
    """x_T moved by the gradient of CLIP's similarity (study A9)."""

    clip: ClipSection = Field(description="which CLIP is climbed")
    words: WordsSection
    ascent: AscentSection
    prompts: int = Field(ge=2, le=100_000, description="prompts of which is reported, with a noise each")
    validation_prompts: int = Field(ge=2, le=100_000, description="other prompts, which choose the learning rate")
    ranked: int = Field(ge=2, le=10_000, description="pictures of each prompt that CLIP orders, to compare with")
    rows: int = Field(ge=1, le=12, description="prompts shown as pictures, at most")
    prompt: Text = Field(description="a prompt of one's own, refined and shown, not judged")
    pictures: int = Field(ge=1, le=12, description="noises of that prompt")
