"""Parameters of the stages that are given a text-to-image model."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from rediffuse.models.hub_params import ModelSection
from rediffuse.pipeline.params import DeviceSection, Section, has_places

SceneName = Literal["plain", "day", "night", "beach", "snow"]


class DrawingSection(Section):
    """How a picture is drawn: diffusers' DDIM, with classifier-free guidance."""

    num_inference_steps: int = Field(ge=1, le=999, description="steps of DDIM")
    guidance_scale: float = Field(ge=1, le=50, description="1 is the conditional model alone")


class TextToImageSection(ModelSection, DeviceSection):
    """Which text-to-image model a study is given, and how it is run."""

    batch_size: int = Field(ge=1, le=4096, description="pictures drawn at once; also a lone one takes as long")
    drawing: DrawingSection


class ArrangementSection(Section):
    """How drawings that are sketched are arranged, so that place, size and proportions are the sketch's to decide."""

    smallest: float = Field(gt=0, le=1, description="side of the smallest drawing, as a fraction of the picture's")
    stretch: float = Field(ge=1, le=4, description="largest factor by which a drawing is made wider or higher")


class WordsSection(Section):
    """Which prompts are asked, and in which words."""

    things: int | None = Field(
        ge=1, le=10_000, description="null: those in the model's things.json; for a model without it, their number"
    )
    template: str = Field(description="with {thing}, the thing with its article, and {scene}")
    phrases: dict[str, str] = Field(description="what is said of each scene")
    style: str = Field(description="what follows where a style is asked for, with {style}")

    @model_validator(mode="after")
    def _complete(self) -> WordsSection:
        if set(self.phrases) != set(get_args(SceneName)):
            raise ValueError(f"phrases must be of {', '.join(get_args(SceneName))}, found {', '.join(self.phrases)}")
        for key, text, places in (("template", self.template, ("thing", "scene")), ("style", self.style, ("style",))):
            if not has_places(text, places):
                raise ValueError(f"{key} must have {' and '.join(f'{{{place}}}' for place in places)}, found {text!r}")
        return self
