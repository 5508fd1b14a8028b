"""Section ``sketch_to_image``."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, model_validator

from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.clip.shared_params import Text
from rediffuse.models.hub_params import ModelName, Revision, require_hub_id
from rediffuse.models.text2image.shared_params import ArrangementSection, TextToImageSection, WordsSection
from rediffuse.pipeline.params import Section

STAGE = "sketch_to_image"

FULL = (0.25, 0.5, 0.75, 1.0)


class OwnSection(Section):
    """The user's drawings, of which nothing is counted but their lines."""

    folder: str = Field(min_length=1, description="holds PNG, JPEG or WEBP; may be empty")
    prompts: dict[str, Text] = Field(description="by file name without its ending; others take ``prompt``")
    prompt: Text = Field(description="of the drawings that have none of their own")
    pictures: int = Field(ge=1, le=12, description="noises of each")


class Params(TextToImageSection):
    """Pictures drawn after sketches (study A8)."""

    controlnet: ModelName
    controlnet_revision: Revision
    words: WordsSection
    strengths: tuple[KeyNumber, ...] = Field(
        min_length=1, max_length=20, description="rising, with 0.25, 0.5, 0.75 and 1"
    )
    arrangement: ArrangementSection
    sketches: int = Field(ge=2, le=100_000, description="drawings by artists never learned from")
    pictures_per_sketch: int = Field(ge=1, le=1000, description="noises of each")
    negative_prompt: str = Field(max_length=1000, description="against which pictures are guided; empty for none")
    suffix: str = Field(max_length=1000, description="behind each prompt; empty for none")
    rows: int = Field(ge=1, le=12, description="sketches shown, at most")
    own: OwnSection

    @model_validator(mode="after")
    def _drawn(self) -> Params:
        require_hub_id(self.controlnet, self.controlnet_revision, "controlnet_")
        rates = self.strengths
        if rates[0] <= 0 or rates[-1] > 2 or any(later <= earlier for earlier, later in pairwise(rates)):
            raise ValueError(f"strengths must rise, above 0 and at most 2; found {list(rates)}")
        if not set(FULL) <= set(rates):
            raise ValueError(f"strengths must have {', '.join(f'{rate:g}' for rate in FULL)}; found {list(rates)}")
        return self
