"""Section ``zeroshot_prompts``."""

from __future__ import annotations

from pydantic import Field, model_validator

from rediffuse.models.clip.shared_params import ClipModelSection, Template, Text

STAGE = "zeroshot_prompts"


class Params(ClipModelSection):
    """Five animals, told apart by wordings of a prompt (study A1)."""

    candidates: tuple[Text, ...] = Field(
        min_length=2,
        max_length=20,
        description="the animals, things of data/pictures; the first is that of the photograph",
    )
    template: Template = Field(description="the first description set: each candidate in this template")
    descriptions: tuple[Text, ...] = Field(
        min_length=2, max_length=20, description="the second set: descriptions of the first candidate"
    )
    templates: tuple[Template, ...] = Field(
        min_length=2, max_length=100, description="compared one by one, and with their ensemble"
    )
    fit_article: bool = Field(description="write 'an' for 'a' where a name begins with a vowel")
    pictures_per_drawing: int = Field(ge=1, le=1000, description="pictures of each drawing that CLIP never saw")
    baseline_pictures: int = Field(
        ge=1, le=1_000_000, description="pictures of training drawings that 1-nearest neighbour on pixels compares with"
    )

    @model_validator(mode="after")
    def _different(self) -> Params:
        for key in ("candidates", "descriptions", "templates"):
            if len(set(getattr(self, key))) < len(getattr(self, key)):
                raise ValueError(f"{key} must differ from one another, found {list(getattr(self, key))}")
        return self
