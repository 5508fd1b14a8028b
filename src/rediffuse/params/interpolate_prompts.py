"""Section ``interpolate_prompts``."""

from __future__ import annotations

from pydantic import Field

from rediffuse.params.base import Section
from rediffuse.params.clip import ClipSection, Text
from rediffuse.params.text2image import TextToImageSection


class PairSection(Section):
    """Two prompts."""

    start: Text = Field(description="the prompt at α = 0")
    end: Text = Field(description="the prompt at α = 1")


class Params(TextToImageSection):
    """From one prompt to another (study A5)."""

    clip: ClipSection = Field(description="which CLIP measures the way")
    pairs: tuple[PairSection, ...] = Field(min_length=2, max_length=100, description="the first has the slider")
    pictures_per_pair: int = Field(ge=1, le=1000, description="each from a noise of its own")
    points: int = Field(ge=3, le=101, description="of α, evenly from 0 to 1")
