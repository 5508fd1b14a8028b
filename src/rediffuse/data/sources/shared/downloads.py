"""Downloads by torchvision, which prints as it goes and fails in many ways."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from rediffuse.pipeline.errors import InputError


@contextlib.contextmanager
def fetching(name: str, advice: str) -> Iterator[None]:
    """Fetch within the block: nothing is printed, and a failure is one line.

    Args:
        name: what is fetched, for the message.
        advice: what to do without it.

    Raises:
        InputError: the download failed.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except (OSError, RuntimeError, EOFError) as error:
        message = " ".join(str(error).split())[:200]
        raise InputError(f"{name}: {message}; {advice}") from None
