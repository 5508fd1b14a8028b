"""A synthetic run of all studies, and a copy of it to be altered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rediffuse.studies.b1_conditional_ddpm.metrics import Metrics as DigitMetrics
from rediffuse.studies.b2_ddim.metrics import Metrics as DdimMetrics
from tests.studies.b1_conditional_ddpm.synthetic import make_metrics
from tests.studies.b2_ddim.synthetic import digit_metrics
from tests.support.synthetic_metrics import put_metrics
from tests.support.synthetic_run import write_run

Rewrite = Callable[[dict[str, Any], dict[str, Any]], None]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run, drawn once; for reading only."""
    root = tmp_path_factory.mktemp("drawn")
    write_run(root)
    return root


@pytest.fixture
def run_folder(drawn: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be spoiled."""
    shutil.copytree(drawn, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def digits() -> dict[str, Any]:
    """The metrics of ``evaluate_digits``, to be altered."""
    return make_metrics()


@pytest.fixture
def ddim() -> dict[str, Any]:
    """The metrics of ``ddim_grids`` without faces, to be altered."""
    return {"digits": digit_metrics()}


@pytest.fixture
def rewrite(run_folder: Path) -> Rewrite:
    """Puts other metrics into the copy of the run."""

    def put(digits: dict[str, Any], ddim: dict[str, Any]) -> None:
        put_metrics(run_folder, DigitMetrics, digits)
        put_metrics(run_folder, DdimMetrics, ddim)

    return put
