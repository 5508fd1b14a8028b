"""README and docs say what the committed run measured, and what dvc.yaml and the studies say."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.pipeline.params import read_yaml
from rediffuse.report import readme
from rediffuse.report.readme import FILES, fill, filled, results_table, studies_table, write_tables
from rediffuse.report.rows import Row
from rediffuse.report.sections.registry import STUDIES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", dict.fromkeys(FILES.values()), ids=str)
def test_tables_have_the_committed_numbers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert filled()[path] == path.read_text(encoding="utf-8"), f"{path} is not what its sources say; run: make readme"


def test_a_blind_test_without_a_score_gives_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    scores = readme._read("benchmarks/naming.json")
    del scores["learned_word"]
    read = readme._read
    monkeypatch.setattr(readme, "_read", lambda path: scores if path.endswith("naming.json") else read(path))
    before = {path: path.read_bytes() for path in FILES.values()}
    with pytest.raises(SystemExit) as left:
        write_tables()
    (line,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2 and "benchmarks/naming.json: found no score learned_word" in line
    assert {path: path.read_bytes() for path in FILES.values()} == before


def test_fill_replaces_what_stood_between_the_markers() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb <!-- /y -->"
    assert fill(text, "x", "new") == "a\n<!-- x -->\nnew\n<!-- /x -->\nb <!-- /y -->"


def test_a_row_has_the_columns_of_the_head() -> None:
    table = results_table([Row("accuracy", "90.0% (80.0% to 95.0%)", "chance: 10.0%", "100", short=True)])
    head, rule, row = table.splitlines()
    assert row == "| accuracy | 90.0% (80.0% to 95.0%) | chance: 10.0% | 100 |"
    assert head.count("|") == rule.count("|") == row.count("|")


def test_every_stage_and_every_study_has_a_row() -> None:
    stages = read_yaml(ROOT / "dvc.yaml")["stages"]
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | {stage['desc']} |" in text for name, stage in stages.items())
    rows = studies_table(stages).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {study.number}" for study in STUDIES]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_accuracy_of_the_readme_stands_beside_a_baseline_or_rival() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("<!-- main results -->")[1].split("<!-- /main results -->")[0]
    rows = [line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:]]
    bare = [row[0] for row in rows if "%" in row[1] and len(row) == 4 and not row[2].strip()]
    assert len(rows) > 15 and not bare
