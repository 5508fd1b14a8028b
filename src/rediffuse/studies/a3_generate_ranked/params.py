"""Section ``generate_ranked``."""

from __future__ import annotations

from pydantic import Field

from rediffuse.models.clip.shared_params import ClipSection, Text
from rediffuse.models.text2image.shared_params import TextToImageSection, WordsSection

STAGE = "generate_ranked"


class Params(TextToImageSection):
    """Several pictures of a prompt, the closest by CLIP first (study A3)."""

    clip: ClipSection = Field(description="which CLIP ranks the pictures")
    words: WordsSection
    prompts: int = Field(ge=2, le=100_000, description="prompts that are drawn and judged")
    pictures_per_prompt: int = Field(ge=8, le=800, multiple_of=8, description="best of 1, 2, 4 and 8 are told")
    rows: int = Field(ge=1, le=50, description="prompts shown as pictures, at most")
    prompt: Text = Field(description="a prompt of one's own, ranked and shown, not judged")
