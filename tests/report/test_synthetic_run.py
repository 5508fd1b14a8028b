"""Each study writes its part of the synthetic run."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from rediffuse.report.sections.registry import STUDIES
from tests.support.synthetic_run import ROOT, find_writers, study_folders


def test_the_studies_of_the_page_and_the_judge_have_a_writer() -> None:
    writers = find_writers()
    stages = {import_module(f"rediffuse.studies.{name}.metrics").Metrics.STAGE for name in writers}
    assert stages == {study.stages[-1] for study in STUDIES} | {"evaluate_picture_judge"}
    assert all(write.__module__ == f"tests.studies.{name}.synthetic" for name, write in writers.items())


def test_a_writer_belongs_to_a_study() -> None:
    assert {path.parent.name for path in (ROOT / "tests" / "studies").glob("*/synthetic.py")} == set(study_folders())


def test_a_study_without_a_writer_is_named(tmp_path: Path) -> None:
    package = tmp_path / "src" / "rediffuse" / "studies"
    for name, file in (("c1_new", "__init__.py"), ("c0_left_over", "c0.pyc")):
        (package / name).mkdir(parents=True)
        (package / name / file).touch()
    with pytest.raises(FileNotFoundError) as error:
        find_writers(tmp_path)
    assert str(error.value).startswith("tests/studies/c1_new/synthetic.py: no such file; each study has one")
