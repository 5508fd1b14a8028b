"""Ten sets of drawings by seven makers, out of pinned packages, rendered with transparency."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

from rediffuse.data.sources.shared.packages import node_modules, read_checked
from rediffuse.pipeline.errors import InputError

MANIFEST = Path("data/npm_pictures")
MARGIN = 1 / 32  # of the side, left free on each side
_NO_OTHER_SOURCE = "no other source has these drawings; REDIFFUSE_CACHE may name a filled cache of another machine"
_MEASURE = 32  # pixels of the first rendering, which only finds where the drawing lies

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ArtistSet:
    """One artist's set of drawings, and so one style."""

    style: str
    package: str
    version: str
    sha256: str  # of icons.json
    author: str
    licence: str


@cache
def artist_sets() -> tuple[ArtistSet, ...]:
    """The ten sets; a style's place here is its index everywhere."""
    rows = json.loads(Path(__file__).with_name("drawings.json").read_text(encoding="utf-8"))
    return tuple(ArtistSet(**row) for row in rows)


def drawing_packages(manifest: Path = MANIFEST) -> Path:
    """The folder of the installed packages.

    Raises:
        InputError: npm failed.
    """
    return node_modules(manifest, kept=_of_drawings, otherwise=_NO_OTHER_SOURCE)


def _of_drawings(path: Path) -> bool:
    return path.name in ("icons.json", "package.json") or "LICENSE" in path.name.upper()


class IconFile:
    """The vector drawings of one set, by name.

    Raises:
        InputError: the file is missing, truncated or altered.
    """

    def __init__(self, packages: Path, artist: ArtistSet) -> None:
        self.path = packages / artist.package / "icons.json"
        content: dict[str, Any] = json.loads(read_checked(self.path, artist.sha256))
        self.icons: dict[str, dict[str, Any]] = content["icons"]
        self.width, self.height = content["width"], content["height"]

    def svg(self, name: str, box: tuple[float, float, float] | None = None) -> str:
        """The drawing as an SVG document.

        Args:
            name: a drawing of this set.
            box: what to show, as (left, top, side) in fractions of the drawing's square.

        Raises:
            InputError: the set has no such drawing.
        """
        if name not in self.icons:
            raise InputError(f"{self.path}: no drawing {name!r}; the table vocabulary.json names it")
        icon = self.icons[name]
        left, top = icon.get("left", 0), icon.get("top", 0)
        width, height = icon.get("width", self.width), icon.get("height", self.height)
        side = max(width, height)
        left, top = left - (side - width) / 2, top - (side - height) / 2
        if box:
            left, top, side = left + box[0] * side, top + box[1] * side, box[2] * side
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left:.6g} {top:.6g} {side:.6g} {side:.6g}">{icon["body"]}</svg>'
        )

    def render(self, name: str, size: int) -> Pixels:
        """The drawing as uint8 [size, size, 4], straight alpha, made as large as a small margin lets it.

        The sets leave different margins, which would tell a style before its strokes do.

        Raises:
            InputError: the set has no such drawing, or it shows nothing.
        """
        alpha = _rasterised(self.svg(name), _MEASURE)[..., 3]
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        if not len(rows):
            raise InputError(f"{self.path}: drawing {name!r} shows nothing")
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        side = max(bottom - top, right - left) / (1 - 2 * MARGIN)
        box = ((left + right - side) / 2 / _MEASURE, (top + bottom - side) / 2 / _MEASURE, side / _MEASURE)
        return _rasterised(self.svg(name, box), size)


def rendered(packages: Path, artist: ArtistSet, names: Sequence[str], size: int) -> Pixels:
    """Drawings of one set, uint8 [N, size, size, 4], as ``IconFile.render`` gives each.

    Raises:
        InputError: as ``IconFile`` and its ``render``.
    """
    icons = IconFile(packages, artist)
    drawn = [icons.render(name, size) for name in names]
    return np.stack(drawn) if drawn else np.empty((0, size, size, 4), np.uint8)


def _rasterised(svg: str, size: int) -> Pixels:
    # System fonts would cost most of the time, and make the bytes depend on the machine.
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGBA"))
