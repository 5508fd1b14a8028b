"""Paths as users write them in params.yaml."""

from __future__ import annotations

from pathlib import Path

from rediffuse.pipeline.errors import InputError


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
