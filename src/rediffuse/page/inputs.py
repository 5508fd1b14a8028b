"""What the page is made of: the numbers of metrics/*.json and the pictures of plots/."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from rediffuse.evaluation.metrics import MetricsT, read_metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_bytes


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


@dataclass(frozen=True)
class Inputs:
    """Where the outputs of the other stages lie."""

    root: Path

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
        content = read_bytes(path, f"run the stage {stage} first")
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

    def frames(self, stage: str) -> tuple[Frame, ...]:
        """The pictures ``plots/<stage>/frames/<number>.png``, the numbers rising.

        Raises:
            InputError: there is none, a name is no number, or one is of another size than the first.
        """
        place = self.root / "plots" / stage / "frames"
        frames = [
            Frame(_number(path), self.picture(stage, f"frames/{path.name}")) for path in sorted(place.glob("*.png"))
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
