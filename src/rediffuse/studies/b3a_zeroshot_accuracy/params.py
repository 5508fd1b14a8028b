"""Section ``zeroshot_accuracy``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.models.clip.shared_params import ClipModelSection, WordingSection
from rediffuse.pipeline.params import Section

STAGE = "zeroshot_accuracy"

Phrase = Annotated[str, Field(max_length=100)]


class PhrasesSection(Section):
    """The words for the scenes of data/pictures."""

    plain: Phrase
    day: Phrase
    night: Phrase
    beach: Phrase
    snow: Phrase


class ScenesSection(Section):
    """How scenes are read."""

    template: str = Field(description="a prompt with {thing} and {scene}")
    template_without_thing: str = Field(description="the same for a reader who does not know the thing: with {scene}")
    phrases: PhrasesSection = Field(description="what stands for {scene}")
    pictures_per_pair: int = Field(ge=1, le=100, description="pictures of each thing and scene never seen together")

    @model_validator(mode="after")
    def _complete(self) -> ScenesSection:
        for key, places in (("template", ["{thing}", "{scene}"]), ("template_without_thing", ["{scene}"])):
            text = str(getattr(self, key))
            if any(text.count(place) != 1 for place in places):
                raise ValueError(f"{key} must hold {' and '.join(places)} once, found {text!r}")
        return self


class Params(ClipModelSection):
    """Zero-shot accuracy on a labelled folder, and on all things of the picture set (study B3a)."""

    wording: str = Field(description="the one of wordings that is reported")
    wordings: dict[str, WordingSection] = Field(min_length=1, description="all that are compared, by name")
    pictures_per_drawing: int = Field(ge=1, le=100, description="pictures of each drawing that CLIP never saw")
    scenes: ScenesSection
    baseline_pictures: int = Field(
        ge=1, le=1_000_000, description="pictures of training drawings that 1-nearest neighbour on pixels compares with"
    )
    cases: int = Field(ge=1, le=20, description="pictures shown that were read right, and as many read wrong")

    @model_validator(mode="after")
    def _reported(self) -> Params:
        if self.wording not in self.wordings:
            raise ValueError(f"wording must be one of {', '.join(self.wordings)}, found {self.wording!r}")
        return self
