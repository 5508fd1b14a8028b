"""The one reader of picture files: every folder of the user's pictures is listed and read here."""

from __future__ import annotations

import io
import stat
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from rediffuse.pipeline.errors import InputError

Ground = Literal["white", "grey", "black"]

FORMATS = ("PNG", "JPEG", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp")
HEIC = (".heic", ".heif", ".hif")
RAW = (".arw", ".cr2", ".dng", ".nef")
OTHERS = (*HEIC, *RAW, ".avif", ".bmp", ".gif", ".jp2", ".jxl", ".psd", ".svg", ".tif", ".tiff")
KINDS = "PNG, JPEG or WEBP"  # as messages name them
UNASKED = ("readme", "thumbs.db", "desktop.ini", "__macosx")  # beside hidden files: no word is lost about these

_ORIENTATION = 0x0112  # the tag of EXIF
_UPRIGHT = {  # what undoes each of its values; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TO_8_BITS = 257  # 65535 / 255
_CONVERT = "convert it to JPEG or PNG"
_CONVERT_HEIC = f"HEIC cannot be read here; {_CONVERT}, such as with heif-convert, on macOS with sips -s format jpeg"


def picture_files(folder: Path, known: Iterable[str] = ()) -> list[Path]:
    """The pictures of a folder, by name, told by their endings.

    Hidden files, which include the ``._`` files of macOS, and README are passed over. Whatever else is not read is
    named on standard error, in one line.

    Args:
        known: names of other files that belong there.

    Raises:
        InputError: a picture is in a format that is not read.
    """
    entries = sorted(visible(folder))
    refused = next((path for path in entries if path.suffix.lower() in OTHERS), None)
    if refused is not None:
        heic = refused.suffix.lower() in HEIC
        raise InputError(f"{refused}: {_CONVERT_HEIC if heic else f'expected {KINDS}; {_CONVERT}'}, or move it away")
    pictures = [path for path in entries if path.suffix.lower() in ENDINGS]
    tell_unread(folder, (path.name for path in entries if path not in set(pictures) and path.name not in known))
    return pictures


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, without hidden files and those that systems and README leave there."""
    return [path for path in folder.iterdir() if path.name[0] != "." and not path.name.lower().startswith(UNASKED)]


def tell_unread(folder: Path, names: Iterable[str], expected: str = f"pictures are {KINDS}") -> None:
    """Name on standard error, in one line, what a folder holds that is not read."""
    unread = list(names)
    if unread:
        shown = ", ".join(repr(name) for name in unread[:5]) + (f" and {len(unread) - 5} more" if unread[5:] else "")
        print(f"{folder}: not read: {shown}; {expected}", file=sys.stderr)


def read_picture(path: str | Path, ground: Ground = "white") -> Tensor:
    """A picture file as uint8 [3, H, W]; see ``read_image``."""
    return torch.from_numpy(np.array(read_image(path, ground))).permute(2, 0, 1).contiguous()


def read_image(path: str | Path, ground: Ground = "white") -> Image.Image:
    """A picture file as RGB of 8 bits, upright, its transparent parts on ``ground``.

    Raises:
        InputError: there is no such file, or it is no readable picture.
    """
    return on_ground(read_layers(path), ground)


def on_ground(image: Image.Image, ground: Ground) -> Image.Image:
    """An RGB or RGBA image on a ground, as RGB."""
    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("RGB")


def read_layers(path: str | Path) -> Image.Image:
    """A picture file of 8 bits, upright, as RGBA where it says what is transparent, else as RGB.

    Raises:
        InputError: there is no such file, or it is no readable picture.
    """
    content = _content(Path(path))
    try:
        # Pillow warns of large pictures and of damaged tags; far larger ones are an error.
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=FORMATS) as image:
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            layers = _eight_bits(image)
    except Exception as error:  # Pillow's readers raise whatever they stumble over
        known = not isinstance(error, UnidentifiedImageError)  # else its text is an address
        fault = f"{' '.join(str(error).split())[:120]}; " if known else ""
        told = _CONVERT_HEIC if _is_heic(content) else f"{fault}expected {KINDS}"
        raise InputError(f"{path}: not readable as a picture: {told}") from None
    return layers.transpose(turn) if turn is not None else layers


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device would be waited for
            raise InputError(f"{path}: found no regular file, expected a picture, {KINDS}")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected a picture, {KINDS}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1"}


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a damaged tag makes no picture unreadable
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # grey of 16 bits, which Pillow would cut off at 255
        values = np.asarray(image).astype(np.int64)
        grey = Image.fromarray(((values + _TO_8_BITS // 2) // _TO_8_BITS).clip(0, 255).astype(np.uint8))
        if "transparency" not in image.info:
            return grey.convert("RGB")
        alpha = Image.fromarray(np.where(values == image.info["transparency"], 0, 255).astype(np.uint8))
        return Image.merge("LA", (grey, alpha)).convert("RGBA")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
