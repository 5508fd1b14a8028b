"""The rows of the main numbers hold whatever parameters the run had."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest

from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.report.study_rows import ddim_rows, edit_row
from rediffuse.studies.a6_edit_attribute.metrics import Metrics as EditMetrics
from rediffuse.studies.b2_ddim.metrics import Metrics
from tests.studies.a6_edit_attribute import synthetic as edit
from tests.studies.b2_ddim.synthetic import make_metrics

PLAIN = Params(title="A title", author="", note="")


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


def test_no_text_names_a_parameter_that_the_metrics_do_not_hold(run_folder: Path) -> None:
    """Another scene, word or template than the default's would make it false."""
    assert "night" not in edit_row(EditMetrics.model_validate(edit.make_metrics())).what
    page = html.unescape(render(PLAIN, run_folder))
    titles = [line for line in page.splitlines() if "An attribute changed" in line]
    assert titles and not any("night" in line for line in titles)
    assert "<new1>, a thing" not in page and "<new2>, a style" not in page
    assert page.count("the thing’s word</th>") == page.count("the style’s word</th>") > 1
