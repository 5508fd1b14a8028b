"""Parameters of the stages that are given a CLIP."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from rediffuse.models.hub_params import ModelSection
from rediffuse.pipeline.params import DeviceSection, Section


def _one_place(template: str) -> str:
    if template.count("{}") != 1 or "{" in template.replace("{}", "") or "}" in template.replace("{}", ""):
        raise ValueError("a template has one {}, where the name goes, and no other brace")
    return template


Template = Annotated[str, AfterValidator(_one_place)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class ClipSection(ModelSection):
    """Which CLIP a study is given."""

    batch_size: int = Field(ge=1, le=65536, description="pictures, or texts, that are embedded at a time")


class ClipModelSection(ClipSection, DeviceSection):
    """Which CLIP a study is given, and how it is run."""


class WordingSection(Section):
    """How a class becomes prompts: one embedding, the mean over the templates."""

    templates: tuple[Template, ...] = Field(min_length=1, description="each with {} where the name goes")
    underscores: bool = Field(description="leave the underscores of names; false writes spaces")
    fit_article: bool = Field(description="write 'an' for 'a' where the name begins with a vowel")
