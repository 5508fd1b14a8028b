"""What every test leaves as it found it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that a test calls must not take pytest's arguments for its own."""
    monkeypatch.setattr(sys, "argv", sys.argv[:1])


@pytest.fixture(autouse=True)
def arithmetic_of_the_process() -> Iterator[None]:
    """A stage flushes denormal numbers and wants deterministic kernels, for the whole process; tests share one."""
    yield
    torch.set_flush_denormal(False)
    torch.use_deterministic_algorithms(False)
