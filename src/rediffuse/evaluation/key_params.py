"""Numbers of params.yaml that become keys of the metrics."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator


def check_key(number: float) -> float:
    """Check that a number can be read back from the key that ``:g`` makes of it.

    Metrics round to 6 decimals, ``:g`` writes 6 significant digits, and no key has an exponent or a sign.

    Raises:
        ValueError: the key is another number, or has an exponent or a sign.
    """
    text = f"{number:g}"
    if re.fullmatch(r"\d+(\.\d{1,6})?", text) is None or float(text) != number:
        raise ValueError(
            "a number that names a metric must be 0, or from 0.0001 to below 1000000 with at most 6 significant digits "
            "and 6 decimals"
        )
    return number


KeyNumber = Annotated[float, AfterValidator(check_key)]
