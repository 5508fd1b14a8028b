"""What every test leaves as it found it, and the picture set that many of them read."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import torch

from rediffuse.data.pictures.dataset import PictureSet
from tests.support.small_pictures import small_pictures


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the smoke pipeline, which take longest; the others run in another process meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("pipeline") is None)


@pytest.fixture(scope="session", autouse=True)
def no_arguments() -> Iterator[None]:
    """A stage that a test or a fixture calls must not take pytest's arguments for its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", sys.argv[:1])
        yield


@pytest.fixture(scope="session", autouse=True)
def no_make_above() -> Iterator[None]:
    """Tests that `make test` runs must call a make of their own: not a submake, and without the flags of the first."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def arithmetic_of_the_process() -> Iterator[None]:
    """A stage flushes denormal numbers and wants deterministic kernels, for the whole process; tests share one."""
    yield
    torch.set_flush_denormal(False)
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="session")
def pictures() -> PictureSet:
    return small_pictures()
