"""Text of users, as it can be shown: in a figure, a message, a page."""

from __future__ import annotations

import unicodedata


def as_shown(text: str) -> str:
    """Return the text with what no font and no encoding has written as an escape, such as ``\\xff``; lines stay.

    That is a byte of a file's name that is no UTF-8, half of a character, and a control character.
    """
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs") else _escape(letter)
        for letter in text
    )


def _escape(letter: str) -> str:
    # Python keeps the byte 0xff of a file's name as the lone surrogate U+DCFF.
    code = ord(letter)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(letter)[1:-1]
