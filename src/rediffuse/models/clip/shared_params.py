"""Parameters of the stages that are given a CLIP."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from rediffuse.pipeline.params import DeviceSection, Section


def _one_place(template: str) -> str:
    if template.count("{}") != 1 or "{" in template.replace("{}", "") or "}" in template.replace("{}", ""):
        raise ValueError("a template has one {}, where the name goes, and no other brace")
    return template


Template = Annotated[str, AfterValidator(_one_place)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class ClipSection(Section):
    """Which CLIP a study is given."""

    model: str = Field(min_length=1, description="a folder in transformers' layout, or a hub id owner/name")
    revision: str | None = Field(
        pattern=r"^[0-9a-f]{40}$", description="null for a folder; for a hub id its commit, 40 hexadecimal digits"
    )
    batch_size: int = Field(ge=1, le=65536, description="pictures, or texts, that are embedded at a time")

    @model_validator(mode="after")
    def _pinned(self) -> ClipSection:
        if self.revision is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", self.model):
            raise ValueError(f"model must be a hub id owner/name where revision is given, found {self.model!r}")
        return self


class ClipModelSection(ClipSection, DeviceSection):
    """Which CLIP a study is given, and how it is run."""


class WordingSection(Section):
    """How a class becomes prompts: one embedding, the mean over the templates."""

    templates: tuple[Template, ...] = Field(min_length=1, description="each with {} where the name goes")
    underscores: bool = Field(description="leave the underscores of names; false writes spaces")
    fit_article: bool = Field(description="write 'an' for 'a' where the name begins with a vowel")
