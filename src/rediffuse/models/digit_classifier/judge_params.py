"""Section ``train_digit_judge``."""

from __future__ import annotations

from rediffuse.models.digit_classifier.shared_params import ReaderSection

STAGE = "train_digit_judge"


class Params(ReaderSection):
    """The judge: it reads generated digits and takes part in nothing else."""
