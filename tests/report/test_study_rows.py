"""The rows of the main numbers hold whatever parameters the run had."""

from __future__ import annotations

from typing import Any

import pytest

from rediffuse.report.study_rows import ddim_rows
from rediffuse.studies.b2_ddim.metrics import Metrics
from tests.studies.b2_ddim.synthetic import make_metrics


def without(content: Any, keys: tuple[str, ...]) -> Any:
    """The same tree without these keys, wherever they stand."""
    if not isinstance(content, dict):
        return content
    return {key: without(value, keys) for key, value in content.items() if key not in keys}


@pytest.mark.parametrize(
    ("keys", "shown"),
    [((), ["0.5", "1"]), (("eta_05", "eta_075"), ["1"]), (("eta_1",), ["0.5"]), (("eta_05", "eta_1"), [])],
)
def test_an_eta_that_the_run_did_not_have_has_no_row(keys: tuple[str, ...], shown: list[str]) -> None:
    rows = ddim_rows(Metrics.model_validate(without(make_metrics(), keys)))
    for name in ("digits", "faces"):
        found = [row.what for row in rows if row.what.startswith(f"{name}, DDIM at")]
        assert found == [f"{name}, DDIM at η = {eta}: distance from the η = 0 image" for eta in shown]
        assert any(row.what.startswith(f"{name}: the judge's confidence") for row in rows)
