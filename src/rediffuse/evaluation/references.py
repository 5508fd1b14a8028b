"""The numbers of the reports that are reproduced, each with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from rediffuse.pipeline.params import Section, read_yaml, validate

PATH = Path(__file__).with_name("reference.yaml")


class Reference(Section):
    """One number that somebody else found."""

    label: str = Field(min_length=1, description="what was measured, in a few words")
    value: float = Field(description="accuracies as fractions")
    source: str = Field(min_length=1, description="who found it, and on what")


class References(Section):
    """All reference numbers, by study and in the order in which they are shown."""

    digit_accuracy: dict[str, Reference] = Field(min_length=1)
    ddim: dict[str, Reference] = Field(min_length=1)
    zeroshot_representation: dict[str, Reference] = Field(min_length=1)
    zeroshot_descriptions: dict[str, Reference] = Field(min_length=1)
    zeroshot_robustness: dict[str, Reference] = Field(min_length=1)
    zeroshot_accuracy: dict[str, Reference] = Field(min_length=1)
    zeroshot_wordings: dict[str, Reference] = Field(min_length=1)


@cache
def references() -> References:
    """The content of reference.yaml."""
    return validate(References, read_yaml(PATH), PATH.name)
