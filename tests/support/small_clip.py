"""A CLIP that is small enough for tests: its sizes, an augmentation that changes nothing, and what makes its parts."""

from __future__ import annotations

from collections.abc import Callable

from rediffuse.models.clip.params import Params
from rediffuse.models.clip.training import ClipBatches

NOTHING = dict.fromkeys(("brightness", "contrast", "colour", "grey", "contours"), 0.0)
TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
Changed = Callable[..., Params]
BatchesOf = Callable[..., ClipBatches]
