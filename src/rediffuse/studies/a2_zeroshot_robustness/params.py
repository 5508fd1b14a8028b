"""Section ``zeroshot_robustness``."""

from __future__ import annotations

from pydantic import Field

from rediffuse.models.clip.shared_params import ClipModelSection, Template, Text, WordingSection

STAGE = "zeroshot_robustness"


class Params(ClipModelSection):
    """Noise, blur and rotation of rising severity (study A2)."""

    wording: WordingSection
    per_class: int = Field(ge=1, le=100_000, description="pictures of each class that are corrupted, at most")
    baseline_pictures: int = Field(
        ge=1, le=1_000_000, description="pictures of training drawings that 1-nearest neighbour on pixels compares with"
    )
    photograph: tuple[Text, ...] = Field(
        min_length=2, max_length=20, description="what the photograph is read among; the first is right"
    )
    photograph_template: Template = Field(description="the prompt of each")
