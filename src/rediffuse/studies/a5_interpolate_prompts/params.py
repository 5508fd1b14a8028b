"""Section ``interpolate_prompts``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.models.clip.shared_params import ClipSection, Text
from rediffuse.models.text2image.shared_params import SceneName, TextToImageSection
from rediffuse.pipeline.params import Section

STAGE = "interpolate_prompts"

Thing = Annotated[str, Field(min_length=1, max_length=100)]


class PairSection(Section):
    """Two prompts."""

    start: Text = Field(description="the prompt at α = 0")
    end: Text = Field(description="the prompt at α = 1")
    scenes: tuple[SceneName, SceneName] | None = Field(description="the judge's words; null where the scene stays")
    things: tuple[Thing, Thing] | None = Field(description="the judge's words; null where the thing stays")

    @model_validator(mode="after")
    def _change(self) -> PairSection:
        if self.start == self.end:
            raise ValueError(f"end must differ from start, found {self.end!r} for both")
        for key, words in (("scenes", self.scenes), ("things", self.things)):
            if words is not None and words[0] == words[1]:
                raise ValueError(f"{key} must differ from one another, or be null; found {words[0]!r} twice")
        return self


class Params(TextToImageSection):
    """From one prompt to another (study A5)."""

    clip: ClipSection = Field(description="which CLIP measures the way")
    pairs: tuple[PairSection, ...] = Field(min_length=2, max_length=100, description="the first has the slider")
    pictures_per_pair: int = Field(ge=1, le=1000, description="each from a noise of its own")
    points: int = Field(ge=3, le=101, description="of α, evenly from 0 to 1; odd, to have a middle")

    @model_validator(mode="after")
    def _middle(self) -> Params:
        if self.points % 2 == 0:
            raise ValueError(f"points must be odd, so that alpha 0.5 is among them; found {self.points}")
        return self
