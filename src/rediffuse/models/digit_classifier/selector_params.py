"""Section ``train_digit_selector``."""

from __future__ import annotations

from rediffuse.models.digit_classifier.shared_params import ReaderSection

STAGE = "train_digit_selector"


class Params(ReaderSection):
    """The selector: it chooses among the checkpoints of the diffusion model."""
