"""One schema per stage for its metrics: what the stage writes and the page, the README and the tests read.

The headline numbers stand in ``metrics/<stage>.json``, which DVC compares between two runs; all others stand in
``metrics/details/<stage>.json``, at the same keys.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.outs import new_folder, write_json

FOLDER = Path("metrics")


def _within(low: float, high: float, expected: str) -> AfterValidator:
    def check(value: float) -> float:
        if not low <= value <= high:
            raise ValueError(f"found {value:g}, expected {expected}")
        return value

    return AfterValidator(check)


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Fraction = Annotated[Number, _within(0, 1, "a fraction from 0 to 1")]
Whole = Annotated[int, Field(strict=True), _within(0, math.inf, "a whole number from 0")]
Count = Annotated[int, Field(strict=True), _within(1, math.inf, "a whole number from 1")]
Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class Estimate:
    """A measured value with its 95 % interval, where one was measured."""

    mean: Number
    low: Number | None = None
    high: Number | None = None
    n: Whole | None = None
    clusters: Whole | None = None

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def __post_init__(self) -> None:
        """Check the interval.

        Raises:
            ValueError: its ends are in the wrong order.
        """
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low: found {self.low:g}, above its high {self.high:g}")

    @property
    def value(self) -> float:
        """The measured value."""
        return self.mean


def _measured(estimate: Estimate) -> Estimate:
    if estimate.low is None or estimate.high is None:
        raise ValueError("found no interval, expected low and high")
    return estimate


def _share(estimate: Estimate) -> Estimate:
    if not 0 <= estimate.mean <= 1:
        raise ValueError(f"mean: found {estimate.mean:g}, expected a fraction from 0 to 1")
    return estimate


def _filled(entries: dict[str, Any]) -> dict[str, Any]:
    if not entries:
        raise ValueError("is empty, expected one entry or more")
    return entries


def keys(*names: str) -> AfterValidator:
    """Require each of ``names`` in a mapping; others may be there."""

    def check(entries: dict[str, Any]) -> dict[str, Any]:
        for name in names:
            if name not in entries:
                raise ValueError(f"key {name} is missing")
        return entries

    return AfterValidator(check)


Measured = Annotated[Estimate, AfterValidator(_measured)]
Share = Annotated[Measured, AfterValidator(_share)]
Filled = AfterValidator(_filled)


class Part(BaseModel):
    """An object within the metrics: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    def __getitem__(self, key: str) -> Any:
        """The value at ``key``, for templates and loops over keys."""
        return getattr(self, key)


class StageMetrics(Part):
    """All numbers of one stage.

    Attributes:
        STAGE: its name, and that of its files.
        HEADLINES: paths of keys, with dots between them, of the numbers that DVC compares; a path of an object
            stands for all that is in it.
    """

    STAGE: ClassVar[str]
    HEADLINES: ClassVar[tuple[str, ...]]


MetricsT = TypeVar("MetricsT", bound=StageMetrics)


def paths(stage: str, root: Path = Path()) -> tuple[Path, Path]:
    """The files of a stage's headline numbers and of its others, below ``root``."""
    return root / FOLDER / f"{stage}.json", root / FOLDER / "details" / f"{stage}.json"


@contextlib.contextmanager
def new_results(schema: type[StageMetrics], content: Mapping[str, Any]) -> Iterator[Path]:
    """The folder ``plots/<stage>`` to fill; at its end it and both files of metrics are put in place.

    Raises:
        InputError: a metric is no finite number; nothing is drawn then. Or as ``new_folder`` does.
        pydantic.ValidationError: the metrics do not fit their schema.
    """
    checked(schema, content)
    with new_folder(f"plots/{schema.STAGE}") as folder:
        yield folder
        write_metrics(schema, content)


def write_metrics(schema: type[StageMetrics], content: Mapping[str, Any], root: Path = Path()) -> None:
    """Check ``content`` and write both files.

    Raises:
        InputError: a metric is no finite number; the message names it, and nothing is written.
        pydantic.ValidationError: the metrics do not fit their schema.
    """
    whole = checked(schema, content).model_dump(by_alias=True, exclude_none=True)
    for path, part in zip(paths(schema.STAGE, root), split(schema, whole), strict=True):
        write_json(path, part)


def checked(schema: type[MetricsT], content: Mapping[str, Any]) -> MetricsT:
    """``content`` as the stage made it, checked against its schema.

    Raises:
        InputError: a metric is no finite number.
        pydantic.ValidationError: the metrics do not fit their schema.
    """
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        if all(one["type"] != "finite_number" for one in error.errors()):
            raise
        raise InputError(
            f"{_one_line(error, schema, paths(schema.STAGE), 'finite_number')}; the stage's models or data are "
            "damaged, or its parameters are too extreme"
        ) from None


def split(schema: type[StageMetrics], content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The headline numbers of ``content``, and all others."""
    details = _copied(content)
    headlines: dict[str, Any] = {}
    for path in schema.HEADLINES:
        if not any(path.startswith(f"{other}.") for other in schema.HEADLINES):
            _move(details, headlines, path.split("."))
    return headlines, details


def _copied(part: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which no object stands at two places."""
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in part.items()}


def _move(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    """Move what lies at ``path``, if anything does; a number that is None was left out."""
    key, *rest = path
    if not isinstance(source, dict) or key not in source:
        return
    if not rest:
        target[key] = source.pop(key)
        return
    _move(source[key], target.setdefault(key, {}), rest)
    if not target[key]:
        del target[key]


def read_metrics(schema: type[MetricsT], root: Path = Path()) -> MetricsT:
    """Read both files of a stage.

    Raises:
        InputError: a file is missing or holds no JSON object, or a key is missing, unknown or wrong; one line that
            names the file, the key, what was found and what is allowed.
    """
    files = paths(schema.STAGE, root)
    headlines, details = (_object(path, schema.STAGE) for path in files)
    try:
        return schema.model_validate(_merged(details, headlines, files[0]))
    except ValidationError as error:
        raise InputError(_one_line(error, schema, files)) from None


def _object(path: Path, stage: str) -> dict[str, Any]:
    content = read_json(path, f"run the stage {stage} first")
    if not isinstance(content, dict):
        raise InputError(f"{path}: found {type(content).__name__}, expected an object of metrics")
    return content


def _merged(details: dict[str, Any], headlines: dict[str, Any], path: Path, where: str = "") -> dict[str, Any]:
    """Put the headline numbers among the others, each object in the order of the details."""
    merged = dict(details)
    for key, value in headlines.items():
        inner = merged.get(key, {})
        if key in merged and not (isinstance(inner, dict) and isinstance(value, dict)):
            raise InputError(f"{path}: {where}{key}: stands in {path.parent / 'details' / path.name} too")
        merged[key] = _merged(inner, value, path, f"{where}{key}.") if isinstance(value, dict) else value
    return merged


def _one_line(
    error: ValidationError, schema: type[StageMetrics], files: tuple[Path, Path], kind: str | None = None
) -> str:
    """Tell the first error, or the first of ``kind``, in one line, and count the others."""
    first, *others = sorted(error.errors(include_url=False), key=lambda one: one["type"] != kind)
    key = ".".join(str(part) for part in first["loc"] if part != "[key]")
    kind, found, message = first["type"], repr(first["input"]), first["msg"].removeprefix("Value error, ")
    if kind == "value_error" and (below := re.match(r"([\w.]+): ", message)):  # the message names a key below
        key, message = ".".join(part for part in (key, below[1]) if part), message[below.end() :]
    headline = any(f"{key}.".startswith(f"{path}.") for path in schema.HEADLINES)
    path = files[not headline]
    if kind == "missing":
        text = f"{path}: key {key} is missing; run the stage {schema.STAGE} again"
    elif kind in ("extra_forbidden", "unexpected_keyword_argument"):
        text = f"{path}: {key}: unknown key (value {_short(found)}); run the stage {schema.STAGE} again"
    elif kind == "value_error":
        text = f"{path}: {key}: {message}" if key else f"{path}: {message}"
    else:
        text = f"{path}: {key}: found {_short(found)}, expected {_expected(kind, message)}"
    return " ".join(text.split()) + (f" (and {len(others)} more)" if others else "")


def _expected(kind: str, message: str) -> str:
    named = {
        "float_type": "a number",
        "finite_number": "a finite number",
        "int_type": "a whole number",
        "string_type": "a text",
    }
    objects = ("model_type", "dict_type", "dataclass_type")
    return named.get(kind, "an object" if kind in objects else message.removeprefix("Input should be "))


def _short(found: str) -> str:
    return found if len(found) <= 60 else found[:57] + "…"
