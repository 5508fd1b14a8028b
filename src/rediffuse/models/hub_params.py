"""Which model a stage is given: a folder, or a published one at a pinned commit."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, model_validator

from rediffuse.pipeline.params import Section

ModelName = Annotated[
    str, Field(min_length=1, description="a folder in the layout of its library, or a hub id owner/name")
]
Revision = Annotated[
    str | None,
    Field(pattern=r"^[0-9a-f]{40}$", description="null for a folder; for a hub id its commit, 40 hexadecimal digits"),
]


class ModelSection(Section):
    """A model and, where it is a published one, its commit."""

    model: ModelName
    revision: Revision

    @model_validator(mode="after")
    def _pinned(self) -> ModelSection:
        require_hub_id(self.model, self.revision)
        return self


def require_hub_id(model: str, revision: str | None, prefix: str = "") -> None:
    """Refuse a commit of what is no hub id.

    Args:
        prefix: of the keys "revision" and, without its underscore, "model".

    Raises:
        ValueError: there is a commit, and ``model`` is no owner/name.
    """
    if revision is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", model):
        key = prefix.rstrip("_") or "model"
        raise ValueError(f"{key} must be a hub id owner/name where {prefix}revision is given, found {model!r}")
