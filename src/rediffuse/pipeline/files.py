"""Reading files that a user may have replaced: every fault is an InputError of one line that names the file."""

from __future__ import annotations

import codecs
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

from rediffuse.pipeline.errors import InputError

LARGEST = 64 * 2**20  # bytes of a JSON or YAML file


def check_regular(path: Path, expected: str) -> int:
    """Return the size in bytes of a regular file.

    Opening a named pipe would wait for ever, and reading a device need not end.

    Args:
        path: links are followed.
        expected: what the file should be, for the message.

    Raises:
        InputError: there is no such file, its name cannot exist, or it is a folder, a pipe or a device.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; {expected}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); {expected}") from None
    except ValueError:  # a NUL within the name
        raise InputError(f"{path}: no file can have this name; {expected}") from None
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path}: found a folder; {expected}")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path}: found a pipe, socket or device; {expected}")
    return found.st_size


def read_bytes(path: Path, expected: str) -> bytes:
    """Return the content of a regular file.

    Raises:
        InputError: as ``check_regular`` does, or the file cannot be read.
    """
    check_regular(path, expected)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); {expected}") from None


def read_known(path: Path, sha256: str, advice: str) -> bytes:
    """Return the bytes of a file that must be exactly the one we know.

    Args:
        advice: what to do where it is another, for the message.

    Raises:
        InputError: as ``read_bytes`` does, or the file's SHA-256 differs (truncated or altered).
    """
    content = read_bytes(path, f"expected SHA-256 {sha256}; {advice}")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InputError(f"{path}: SHA-256 is {found}, expected {sha256}; {advice}")
    return content


def read_text(path: Path, expected: str, kind: str = "text") -> str:
    """Return the UTF-8 text of a file of at most LARGEST bytes, without its byte order mark.

    Raises:
        InputError: as ``read_bytes`` does, or the file is too large or no UTF-8.
    """
    size = check_regular(path, expected)
    if size > LARGEST:
        raise InputError(f"{path}: found {size:,} bytes, allowed are at most {LARGEST:,}; {expected}")
    content = read_bytes(path, expected)
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        told = f"no UTF-8, {error.reason} at byte {error.start}"
        raise InputError(f"{path}: not readable as {kind}: {told}; {expected}") from None


def read_json(path: Path, expected: str, *, pairs: bool = False) -> Any:
    """Return what a JSON file holds.

    Args:
        path: a file in UTF-8, with or without a byte order mark.
        expected: what the file should hold, for the message.
        pairs: give objects as lists of (key, value), in which a key can stand twice.

    Raises:
        InputError: as ``read_text`` does, or the text is no JSON, is nested too deep, or holds a number that is
            too long.
    """
    text = read_text(path, expected, "JSON")
    try:
        content = json.loads(text, object_pairs_hook=list if pairs else None)
    except RecursionError:
        raise InputError(f"{path}: not readable as JSON: nested too deep; {expected}") from None
    except ValueError as error:
        raise InputError(f"{path}: not readable as JSON: {error}; {expected}") from None
    return content
