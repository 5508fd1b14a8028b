"""What the sections of params.yaml have in common: strictness, reading, one-line errors."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Iterator
from pathlib import Path
from string import Formatter
from typing import Any, ClassVar, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from ruamel.yaml import YAML

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_text


class Section(BaseModel):
    """A section of params.yaml: unknown keys are errors, values are frozen.

    Attributes:
        splits_batches: whether the stage may run in several processes, or says itself why not; a training does.
    """

    splits_batches: ClassVar[bool] = False
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        # pydantic would take true for 1.
        wrong = next(_booleans(value), None)
        if wrong is not None and not _takes_booleans(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError(f"must be an integer, number or text, as the comment in params.yaml says; found {wrong}")
        return value


def _booleans(value: Any, depth: int = 2) -> Iterator[bool]:
    """The booleans of a value, of its list and of the lists in that; aliases of YAML can make deeper ones endless."""
    if isinstance(value, bool):
        yield value
    elif isinstance(value, list | tuple) and depth:
        for part in value:
            yield from _booleans(part, depth - 1)


def _takes_booleans(annotation: Any) -> bool:
    return annotation is bool or any(_takes_booleans(part) for part in get_args(annotation))


class StageSection(Section):
    """The section of one stage."""

    seed: int = Field(ge=0, lt=2**31, description="root of every random number of the stage")


class DeviceSection(StageSection):
    """The section of a stage that runs a network."""

    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: CUDA where there is one, else the CPU")


SectionT = TypeVar("SectionT", bound=Section)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML 1.2 mapping, in which ``1e-4`` is a number (PyYAML's YAML 1.1 makes it a string).

    Raises:
        InputError: the file is missing, is no YAML, repeats a key, or holds no mapping.
    """
    text = read_text(path, "expected the parameters of the pipeline", "YAML")
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except RecursionError:
        raise InputError(f"{path}: not readable as YAML: nested too deep") from None
    except Exception as error:  # besides YAMLError, whatever the constructors of numbers and dates met
        raise InputError(f"{path}: not readable as YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: found {type(content).__name__}, expected sections named after stages")
    return content


def validate(schema: type[SectionT], section: Any, where: str) -> SectionT:
    """Check one section against its schema.

    Raises:
        InputError: one line that names the first wrong key as ``where.key``, what was found and
            what is allowed; further wrong keys are counted.
    """
    try:
        return schema.model_validate(section)
    except ValidationError as error:
        raise InputError(one_line(error, where)) from None


def has_places(text: str, places: Collection[str]) -> bool:
    """Whether a template for ``str.format`` has each of these ``{place}`` and no other place.

    A place with an attribute, an index or a format, such as ``{thing.x}``, is another. ``{{`` and ``}}`` are none:
    they write a brace.
    """
    try:
        found = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return False
    return set(found) == {(place, "", None) for place in places}


def one_line(error: ValidationError, where: str) -> str:
    """Tell a validation error in one line: key, what is allowed, what was found."""
    first, *others = error.errors(include_url=False)
    # The tag of a union is part of pydantic's location, but no key of the file.
    key = ".".join([where, *(str(part) for part in first["loc"])])
    kind, found = first["type"], _shown(first["input"])
    if kind == "missing":
        text = f"{key}: missing; every key of the section must be there"
    elif kind == "extra_forbidden":
        text = f"{key}: unknown key (value {found}); see the comments in params.yaml for those there are"
    else:
        message = first["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        # What is wrong between keys names their values itself; the whole section would bury it.
        between = isinstance(first["input"], dict) and first["type"] == "value_error"
        text = f"{key}: {message}" if between else f"{key}: found {found[:80]}; {message}"
    return " ".join(text.split()) + (f" (and {len(others)} more)" if others else "")


_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxdict = 4, 6
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def _shown(value: Any) -> str:
    """The value as Python writes it, cut short before it is written: aliases of YAML can make it endless."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"a {type(value).__name__} of too many digits"


def user_path(text: str, key: str) -> Path:
    """A path in which ``~`` is the home of the user.

    Raises:
        InputError: there is no such user, or no path has such letters; ``key`` is the parameter that says it.
    """
    if "\0" in text:
        raise InputError(f"{key}: found {text[:80]!r}; a path has no NUL")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InputError(f"{key}: found {text[:80]!r}; no home of such a user is known") from None
