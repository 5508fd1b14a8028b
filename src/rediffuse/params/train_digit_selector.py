"""Section ``train_digit_selector``."""

from __future__ import annotations

from rediffuse.params.digits import ReaderSection


class Params(ReaderSection):
    """The selector: it chooses among the checkpoints of the diffusion model."""
