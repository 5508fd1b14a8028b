"""Section ``edit_attribute``."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, model_validator

from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.clip.shared_params import Text
from rediffuse.models.text2image.shared_params import SceneName, TextToImageSection, WordsSection
from rediffuse.pipeline.params import Section

STAGE = "edit_attribute"


class StripSection(Section):
    """Two prompts in free words, of which some pictures are shown and nothing is counted."""

    source: Text
    target: Text
    pictures: int = Field(ge=1, le=20, description="rows of the strip, one a noise")


class Params(TextToImageSection):
    """The scene of a picture changed, its thing kept (study A6)."""

    words: WordsSection
    source_scene: SceneName
    target_scene: SceneName
    things: int = Field(ge=2, le=10_000, description="the first of those that were learned on both scenes")
    pictures_per_thing: int = Field(ge=1, le=1000, description="noises of each thing, of which is reported")
    choosing_per_thing: int = Field(ge=1, le=1000, description="other noises, by which the best scale is chosen")
    scales: tuple[KeyNumber, ...] = Field(min_length=1, max_length=30, description="s, rising; 0 comes before them")
    warmup_steps: int = Field(ge=0, description="first steps in which the source alone guides")
    shown: int = Field(ge=1, le=20, description="things shown, drawn by chance among the right sources")
    strip: StripSection

    @model_validator(mode="after")
    def _edits(self) -> Params:
        if self.source_scene == self.target_scene:
            raise ValueError(f"target_scene must differ from source_scene, found {self.target_scene!r} for both")
        if self.warmup_steps >= self.drawing.num_inference_steps:
            raise ValueError(
                f"warmup_steps must be below drawing.num_inference_steps {self.drawing.num_inference_steps}, "
                f"found {self.warmup_steps}"
            )
        if self.scales[0] <= 0 or any(later <= earlier for earlier, later in pairwise(self.scales)):
            raise ValueError(f"scales must rise and be above 0, found {list(self.scales)}")
        return self
