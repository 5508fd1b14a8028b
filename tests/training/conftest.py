"""An accelerator that no other test has changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accelerate import Accelerator
from accelerate.state import AcceleratorState


@pytest.fixture
def accelerator() -> Iterator[Accelerator]:
    """accelerate keeps its state for the whole process, so it is forgotten before and after."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(cpu=True)
    AcceleratorState._reset_state(reset_partial_state=True)
