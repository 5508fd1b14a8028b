"""The section fetch_pictures of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rediffuse.pipeline.params import Section, StageSection

STAGE = "fetch_pictures"


class Backgrounds(Section):
    """How many backgrounds each scene gets."""

    train: int = Field(ge=1, le=1000, description="behind the pictures that models are trained on")
    test: int = Field(ge=1, le=1000, description="behind those that they are tested on")


class Labelled(Section):
    """The folder of labelled pictures."""

    source: Literal["pictures", "cifar100", "folder"] = Field(
        description="pictures: things in styles that CLIP never sees; cifar100: photographs, from the internet; "
        "folder: your own"
    )
    folder: str | None = Field(
        min_length=1,
        description="for source folder: {class}_{id}.png, and id2label.json beside or above; otherwise null",
    )
    classes: tuple[str, ...] | None = Field(
        min_length=2, description="for source cifar100: labels as it has them, pine_tree; null for all hundred"
    )
    images: int = Field(ge=1, le=50, description="pictures of each class")

    @model_validator(mode="after")
    def _own_classes(self) -> Labelled:
        if self.classes is not None and self.source != "cifar100":
            raise ValueError(f"classes must be null with source {self.source}, whose classes are fixed")
        return self

    @model_validator(mode="after")
    def _own_folder(self) -> Labelled:
        if (self.folder is None) is (self.source == "folder"):
            raise ValueError(f"folder must be {'a path' if self.folder is None else 'null'} with source {self.source}")
        return self


class Params(StageSection):
    """How many backgrounds and labelled pictures are made. The drawings are what the packages hold."""

    backgrounds: Backgrounds = Field(description="a scene")
    labelled: Labelled
