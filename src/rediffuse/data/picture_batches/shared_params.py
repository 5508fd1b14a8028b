"""Parameters that the stages of the pictures share."""

from __future__ import annotations

from pydantic import Field

from rediffuse.pipeline.params import Section


class AugmentationSection(Section):
    """How a composed picture is changed, so that no artist's palette or strokes are learned by heart."""

    brightness: float = Field(ge=0, le=1, description="largest shift of all channels, of the range 0 to 1")
    contrast: float = Field(ge=0, lt=1, description="contrast is multiplied by 1 − this to 1 + this")
    colour: float = Field(ge=0, le=1, description="standard deviation of what is added to the 3×3 colour matrix")
    grey: float = Field(ge=0, le=1, description="share of pictures that lose their colour")
    contours: float = Field(ge=0, le=1, description="share of pictures whose edges are drawn in ink")
