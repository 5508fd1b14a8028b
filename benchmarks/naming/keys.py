"""The key of a blind test: what each numbered picture shows, in a file that readers must not open."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import one_line

Test = Literal["naming", "matching", "word"]
Kind = Literal["generated", "through_autoencoder", "learned_word", "controlled", "uncontrolled"]


class Item(BaseModel):
    """What a numbered picture shows.

    Attributes:
        kind: how the picture came about.
        thing, scene, prompt: what was asked for; None where nothing is known.
        candidate: number of the picture's own sketch among the candidates beside it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    thing: str | None = None
    scene: str | None = None
    prompt: str | None = None
    candidate: int | None = None

    @property
    def right(self) -> str:
        """The right answer."""
        return str(self.candidate) if self.thing is None else self.thing


class Key(BaseModel):
    """All that is needed to score answers.

    Attributes:
        test: which of the three.
        seed: of the pictures and their order.
        model: fingerprint of the weights that generated the pictures.
        guidance_scales: at which they were generated, one for each of the key's generated kinds; empty where unknown.
        digest: fingerprint of the pictures as they are numbered.
        choices: the answers that are allowed, sorted.
        scenes: the scenes that may be answered beside; empty where none is asked.
        pictures: by number, from 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    test: Test
    seed: int
    model: str
    guidance_scales: tuple[float, ...] = ()
    digest: str
    choices: tuple[str, ...]
    scenes: tuple[str, ...]
    pictures: dict[int, Item]

    @property
    def source(self) -> tuple[str, tuple[float, ...]]:
        """What generated the pictures; answers to pictures of several sources are not pooled."""
        return self.model, self.guidance_scales

    @property
    def prefix(self) -> str:
        """How files of this test and seed begin where answers are kept."""
        return str(self.seed) if self.test == "naming" else f"{self.test}-{self.seed}"


def read_key(path: Path) -> Key:
    """Read a key.

    Raises:
        InputError: there is none, or it is not what a blind test writes.
    """
    try:
        return Key.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected the folder of a blind test") from None
    except ValidationError as error:
        raise InputError(one_line(error, str(path))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None


def key_text(key: Key) -> str:
    """The key as its file holds it."""
    return key.model_dump_json(indent=2, exclude_none=True) + "\n"
