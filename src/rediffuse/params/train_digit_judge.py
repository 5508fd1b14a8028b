"""Section ``train_digit_judge``."""

from __future__ import annotations

from rediffuse.params.digits import ReaderSection


class Params(ReaderSection):
    """The judge: it reads generated digits and takes part in nothing else."""
