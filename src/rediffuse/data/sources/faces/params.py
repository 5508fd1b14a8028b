"""The section fetch_faces of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rediffuse.pipeline.params import Section

STAGE = "fetch_faces"


class Params(Section):
    """Where the faces come from."""

    source: Literal["packages", "folder"] = Field(
        description="packages: the hundred faces that scikit-image carries; folder: faces of your own"
    )
    folder: str | None = Field(min_length=1, description="for source folder: holds PNG, JPEG or WEBP; otherwise null")

    @model_validator(mode="after")
    def _named(self) -> Params:
        if (self.source == "folder") != (self.folder is not None):
            raise ValueError("folder must name a folder with source folder, and be null with source packages")
        return self
