"""What the page is made of: the numbers of metrics/*.json and the pictures of plots/."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import Estimate, MetricsT, read_metrics


@dataclass(frozen=True)
class Picture:
    """A PNG, ready to stand in the page."""

    uri: str  # data:image/png;base64,…
    width: int  # pixels
    height: int
    enlargement: str = ""  # how the images in it are enlarged, as the PNG's text says; nothing for a plot
    description: str = ""  # what the images in it show, one after the other, as the PNG's text says


@dataclass(frozen=True)
class Frame:
    """One picture of a row of them, and the number that tells it from the others."""

    number: float
    picture: Picture


class Metrics:
    """The numbers of one stage; every access checks, and fails in one line that names file and key."""

    def __init__(self, root: Path, stage: str) -> None:
        """Read ``metrics/<stage>.json`` below ``root``.

        Raises:
            InputError: the file is missing or holds no JSON object.
        """
        self.path = root / "metrics" / f"{stage}.json"
        self._stage = stage
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(f"{self.path}: no such file; run the stage {stage} first") from None
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise InputError(f"{self.path}: not readable as JSON: {error}") from None
        if not isinstance(content, dict):
            raise InputError(f"{self.path}: found {type(content).__name__}, expected an object of metrics")
        self._content: dict[str, Any] = content

    def at(self, *keys: str) -> Any:
        """Whatever lies at the path of keys."""
        place: Any = self._content
        for depth, key in enumerate(keys):
            if not isinstance(place, dict):
                raise InputError(f"{self.path}: {'.'.join(keys[:depth])}: found {_shown(place)}, expected an object")
            if key not in place:
                where = ".".join(keys[: depth + 1])
                raise InputError(f"{self.path}: key {where} is missing; run the stage {self._stage} again")
            place = place[key]
        return place

    def number(self, *keys: str) -> float:
        """A finite number."""
        found = self.at(*keys)
        # bool is a kind of int in Python, but no measurement.
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            raise InputError(f"{self.path}: {'.'.join(keys)}: found {_shown(found)}, expected a number")
        return float(found)

    def fraction(self, *keys: str) -> float:
        """A number from 0 to 1."""
        found = self.number(*keys)
        if not 0 <= found <= 1:
            raise InputError(f"{self.path}: {'.'.join(keys)}: found {found:g}, expected a fraction from 0 to 1")
        return found

    def count(self, *keys: str) -> int:
        """A whole number, at least 1."""
        found = self.number(*keys)
        if found < 1 or found != int(found):
            raise InputError(f"{self.path}: {'.'.join(keys)}: found {found:g}, expected a whole number from 1")
        return int(found)

    def text(self, *keys: str, allowed: Collection[str] | None = None) -> str:
        """A text that is not empty, one of ``allowed`` where these are given."""
        found = self.at(*keys)
        if not isinstance(found, str) or not found or (allowed is not None and found not in allowed):
            expected = "a text" if allowed is None else f"one of {', '.join(allowed)}"
            raise InputError(f"{self.path}: {'.'.join(keys)}: found {_shown(found)}, expected {expected}")
        return found

    def names(self, *keys: str) -> list[str]:
        """The keys of an object, in the file's order; at least one."""
        found = self.at(*keys)
        where = ".".join(keys) or "the file"
        if not isinstance(found, dict):
            raise InputError(f"{self.path}: {where}: found {_shown(found)}, expected an object")
        if not found:
            raise InputError(f"{self.path}: {where}: is empty, expected one entry or more")
        return list(found)

    def estimate(self, keys: tuple[str, ...], interval: tuple[str, ...], n: tuple[str, ...] | None = None) -> Estimate:
        """The number at ``keys`` with ``low`` and ``high`` below ``interval``, and the count at ``n``."""
        low, high = self.number(*interval, "low"), self.number(*interval, "high")
        if low > high:
            raise InputError(f"{self.path}: {'.'.join(interval)}.low: found {low:g}, above its high {high:g}")
        return Estimate(self.number(*keys), low, high, None if n is None else self.count(*n))


@dataclass(frozen=True)
class Inputs:
    """Where the outputs of the other stages lie."""

    root: Path

    def metrics(self, stage: str) -> Metrics:
        """The numbers of ``stage``."""
        return Metrics(self.root, stage)

    def numbers(self, schema: type[MetricsT]) -> MetricsT:
        """The numbers of the stage that writes ``schema``.

        Raises:
            InputError: a file or a key of it is missing or wrong.
        """
        return read_metrics(schema, self.root)

    def has(self, stage: str, name: str) -> bool:
        """Whether ``stage`` drew a picture that it need not draw."""
        return (self.root / "plots" / stage / name).is_file()

    def picture(self, stage: str, name: str) -> Picture:
        """The picture ``plots/<stage>/<name>``.

        Raises:
            InputError: there is none, or it is no PNG.
        """
        path = self.root / "plots" / stage / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; run the stage {stage} first") from None
        try:
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                (width, height), text = image.size, image.info
        except (OSError, SyntaxError):
            message = f"{path}: found {len(content)} bytes that are no PNG; run the stage {stage} again"
            raise InputError(message) from None
        uri = "data:image/png;base64," + base64.b64encode(content).decode("ascii")
        return Picture(uri, width, height, str(text.get("Enlargement", "")), str(text.get("Description", "")))

    def strip(self, stage: str) -> Picture:
        """Read the strip of pictures ``plots/<stage>/summary.png``.

        Raises:
            InputError: there is none, it is no PNG, or its text does not say what it shows.
        """
        found = self.picture(stage, "summary.png")
        if not found.description or not found.enlargement:
            path = self.root / "plots" / stage / "summary.png"
            raise InputError(f"{path}: its text does not say what it shows; run the stage {stage} again")
        return found

    def frames(self, stage: str, folder: str = "frames") -> tuple[Frame, ...]:
        """The pictures ``plots/<stage>/<folder>/<number>.png``, the numbers rising.

        Raises:
            InputError: there is none, a name is no number, or one is of another size than the first.
        """
        place = self.root / "plots" / stage / folder
        frames = [
            Frame(_number(path), self.picture(stage, f"{folder}/{path.name}")) for path in sorted(place.glob("*.png"))
        ]
        if not frames:
            raise InputError(f"{place}: no such folder, or no PNG in it; run the stage {stage} first")
        first = frames[0].picture
        for frame in frames:
            found = frame.picture
            if (found.width, found.height) != (first.width, first.height):
                raise InputError(
                    f"{place}: the frame {frame.number:g} has {found.width}×{found.height} pixels, "
                    f"expected {first.width}×{first.height} as the first; run the stage {stage} again"
                )
        return tuple(sorted(frames, key=lambda frame: frame.number))


def _number(path: Path) -> float:
    try:
        number = float(path.stem)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{path}: found {path.stem!r} as the name of a frame, expected a number")
    return number


def _shown(found: Any) -> str:
    return repr(found) if len(repr(found)) <= 60 else repr(found)[:57] + "…"
