"""The installed packages, and a few blocks of street numbers, made once for all tests of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.data.digits.dataset import Digits
from rediffuse.data.sources.digits.street import make_street
from rediffuse.data.sources.shared.packages import node_modules


@pytest.fixture(scope="session")
def packages() -> Path:
    return node_modules(Path(__file__).parents[3] / "data" / "npm")


@pytest.fixture(scope="session")
def street_train(packages: Path) -> Digits:
    return make_street(packages, "train", 1024, 0)


@pytest.fixture(scope="session")
def street_test(packages: Path) -> Digits:
    return make_street(packages, "test", 300, 0)
