"""Section ``personalize``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from rediffuse.data.picture_files import Ground
from rediffuse.evaluation.key_params import KeyNumber
from rediffuse.models.clip.shared_params import ClipSection, Text
from rediffuse.models.text2image.shared_params import TextToImageSection
from rediffuse.pipeline.params import Section, has_places

STAGE = "personalize"

Scale = Annotated[KeyNumber, Field(gt=0, le=50)]


class ConceptSection(Section):
    """A new word and what it is learned from."""

    token: str = Field(pattern=r"^<[a-z0-9-]+>$", description="the new word")
    initial_word: str = Field(min_length=1, max_length=50, description="one token of the model, to start from")
    name: str = Field(min_length=1, description="a thing, or an artists' set, of data/pictures that no model has seen")
    pictures: int = Field(ge=1, le=20, description="drawings that it is learned from")


class StyleSection(ConceptSection):
    """The style's word, and what it is evaluated on."""

    objects: int = Field(ge=2, le=1000, description="things, other than those it is learned from, that it draws")


class InversionSection(Section):
    """How a word's embedding is learned."""

    learning_rate: float = Field(gt=0, le=1, description="AdamW's peak")
    steps: int = Field(ge=1, le=1_000_000, description="optimizer steps of each word")
    batch_size: int = Field(ge=1, le=4096, description="pictures a step")
    warmup: int = Field(ge=0, description="steps of rising learning rate")
    drawing_weight: float = Field(ge=0, le=100, description="of the mean loss on the drawing; the picture has 1")
    timestep_power: float = Field(ge=0, le=10, description="timesteps are sampled by (1 − ᾱ_t) to this power")
    log_every: int = Field(ge=1, description="steps between two points of the loss curve")
    num_evaluations: int = Field(ge=2, le=50, description="evaluations during the training, both ends included")
    compositions: int = Field(ge=1, le=10_000, description="scenes and places that each drawing is set in")

    @model_validator(mode="after")
    def _in_time(self) -> InversionSection:
        if self.warmup >= self.steps:
            raise ValueError(f"warmup {self.warmup} must be below steps {self.steps}")
        if self.num_evaluations > self.steps + 1:
            raise ValueError(
                f"num_evaluations must be at most steps + 1, {self.steps + 1}; found {self.num_evaluations}"
            )
        return self


class PairSection(Section):
    """Both words in one picture."""

    pictures: int = Field(ge=2, le=100_000, description="of which is reported")
    validation_noises: int = Field(ge=2, le=100_000, description="other noises, which choose the scales of both ways")
    naive: tuple[Scale, ...] = Field(
        min_length=1, max_length=20, description="guidance scales of one prompt, to choose"
    )
    scales: tuple[tuple[Scale, Scale], ...] = Field(min_length=1, max_length=20, description="of thing and style")
    shown: int = Field(ge=1, le=20, description="noises shown")
    hard_prompt: Text = Field(description="a harder prompt with {thing}; the style is appended; not evaluated")

    @model_validator(mode="after")
    def _complete(self) -> PairSection:
        if len(set(self.scales)) < len(self.scales):
            raise ValueError(f"scales must differ from one another, found {[list(pair) for pair in self.scales]}")
        if len(set(self.naive)) < len(self.naive):
            raise ValueError(f"naive must differ from one another, found {list(self.naive)}")
        if not has_places(self.hard_prompt, ("thing",)):
            raise ValueError(f"hard_prompt must have {{thing}} and no other place, found {self.hard_prompt!r}")
        return self


def _with_word(text: str) -> str:
    if not has_places(text, ("word",)):
        raise ValueError(f"must have {{word}} and no other place, found {text!r}")
    return text


WordText = Annotated[Text, AfterValidator(_with_word)]


class OwnSection(Section):
    """The user's own concepts, a folder of pictures for each."""

    folder: str = Field(min_length=1, description="holds a folder of pictures for each concept, named after it")
    ground: Ground = Field(description="what lies behind transparent parts of the pictures")
    initial_word: str = Field(min_length=1, max_length=50, description="one token of the model, to start from")
    initial_words: dict[str, str] = Field(description="by the folder's name; others start from ``initial_word``")
    captions: tuple[WordText, ...] = Field(min_length=1, max_length=100, description="what the pictures are called")
    prompts: tuple[WordText, ...] = Field(min_length=1, max_length=100, description="what is drawn")
    pictures: int = Field(ge=1, le=100, description="noises of each prompt")

    @model_validator(mode="after")
    def _two(self) -> OwnSection:
        if len(self.prompts) * self.pictures < 2:
            raise ValueError("prompts times pictures must be 2 or more, for an interval")
        return self


class Params(TextToImageSection):
    """Two new words, a thing and a style, alone and together (study B3b)."""

    clip: ClipSection = Field(description="which CLIP measures closeness")
    things: int | None = Field(
        ge=2, le=10_000, description="null: those in the model's things.json; for a model without it, their number"
    )
    thing: ConceptSection
    style: StyleSection
    inversion: InversionSection
    pictures: int = Field(ge=10, le=100_000, description="drawn at each place of the training of each word")
    pair: PairSection
    own: OwnSection

    @model_validator(mode="after")
    def _apart(self) -> Params:
        if self.thing.token == self.style.token:
            raise ValueError(f"style.token must differ from thing.token, found {self.style.token!r} for both")
        if self.pictures % self.style.objects:
            raise ValueError(f"pictures must be a multiple of style.objects, {self.style.objects}")
        return self
