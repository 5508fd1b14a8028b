"""One smoke run of the whole pipeline, which the tests of this folder share."""

from __future__ import annotations

import pytest

from rediffuse.pipeline.params import read_yaml
from tests.support.project import ROOT, Project, clean_clone


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = clean_clone(tmp_path_factory.mktemp("first"))
    assert project.repro() == set(read_yaml(ROOT / "dvc.yaml")["stages"])
    return project
