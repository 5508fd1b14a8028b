"""The section train_clip of params.yaml."""

from __future__ import annotations

from pydantic import Field, model_validator

from rediffuse.data.picture_batches.shared_params import AugmentationSection
from rediffuse.pipeline.params import Section
from rediffuse.training.shared_params import TrainingSection

STAGE = "train_clip"


class TowerSection(Section):
    """A transformer, in the words of transformers' CLIP configurations."""

    hidden_size: int = Field(ge=16, le=2048, description="width")
    intermediate_size: int = Field(ge=16, le=8192, description="width inside the perceptron of a block")
    num_hidden_layers: int = Field(ge=1, le=48, description="depth")
    num_attention_heads: int = Field(ge=1, le=64, description="heads; they divide hidden_size")

    @model_validator(mode="after")
    def _heads_divide(self) -> TowerSection:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"num_attention_heads {self.num_attention_heads} must divide hidden_size {self.hidden_size}"
            )
        return self


class VisionSection(TowerSection):
    """The tower that reads pictures."""

    image_size: int = Field(ge=16, le=64, description="side of the picture, pixels; drawings are stored at 64")
    patch_size: int = Field(ge=2, le=32, description="side of a token, pixels; it divides image_size")

    @model_validator(mode="after")
    def _patches_divide(self) -> VisionSection:
        if self.image_size % self.patch_size:
            raise ValueError(f"patch_size {self.patch_size} must divide image_size {self.image_size}")
        return self


class TextSection(TowerSection):
    """The tower that reads captions, and its tokens."""

    # 512 letters with and without an end of word, two special tokens, and at least one merge
    vocab_size: int = Field(ge=515, le=65536, description="tokens at most; a small corpus may give fewer")
    max_position_embeddings: int = Field(ge=8, le=77, description="tokens of the longest text, first and last included")


class SamplingWeightsSection(Section):
    """How often a thing's drawings come into a batch, against once for those of most things."""

    classes: float = Field(gt=0, le=100, description="of the classes of data/labelled")
    animals: float = Field(gt=0, le=100, description="of the animals of study A1, against once for the other classes")


class MaskingSection(Section):
    """How much of each picture is hidden in training, in the words of FLIP (arXiv 2212.00794)."""

    ratio: float = Field(ge=0, le=0.9, description="share of the patches of each picture that is hidden; 0 hides none")
    unmasked: float = Field(ge=0, le=1, description="share of the steps, the last ones, in which nothing is hidden")


class Params(TrainingSection):
    """Size of CLIP, and how it is trained."""

    vision: VisionSection
    text: TextSection
    projection_dim: int = Field(ge=16, le=2048, description="width of the space that both towers share")
    temperature: float = Field(gt=0.01, le=1, description="at the start; logit_scale is the logarithm of its inverse")
    sampling_weights: SamplingWeightsSection
    masking: MaskingSection
    defects: float = Field(ge=0, le=1, description="share of pictures that are spoiled, and captioned so")
    captions: int = Field(ge=2, le=65536, description="pictures of a batch that are captioned, at most batch_size")
    class_loss_weight: float = Field(ge=0, le=100, description="weight of the loss on the thing's name")
    augmentation: AugmentationSection

    @model_validator(mode="after")
    def _captioned(self) -> Params:
        if self.captions > self.batch_size:
            raise ValueError(f"captions must be at most batch_size {self.batch_size}, found {self.captions}")
        return self
