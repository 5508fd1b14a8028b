"""What is missing or wrong is told in one line that names file and key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rediffuse.page.study import Study
from rediffuse.pipeline.errors import InputError
from rediffuse.plotting.figures import grid
from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.report.sections.registry import STUDIES

ROOT = Path(__file__).parents[2]
PLAIN = Params(title="A title", author="", note="")
DIGITS, DDIM = "metrics/evaluate_digits.json", "metrics/ddim_grids.json"
MORE_DIGITS, MORE_DDIM = "metrics/details/evaluate_digits.json", "metrics/details/ddim_grids.json"


def alter(root: Path, file: str, keys: str, value: Any) -> None:
    """Put ``value`` at the path of keys; take the key away where it is None."""
    path = root / file
    content = json.loads(path.read_text())
    place = content
    *inner, last = keys.split(".")
    for key in inner:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("file", [DIGITS, DDIM, MORE_DIGITS, MORE_DDIM])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; run the stage"),
        ("{", "not readable as JSON"),
        ("[1]", "found list"),
        ("{}", "missing|is empty|found no interval"),
    ],
)
def test_bad_file(file: str, content: str | None, message: str, run_folder: Path) -> None:
    (run_folder / file).unlink()
    if content is not None:
        (run_folder / file).write_text(content)
    with pytest.raises(InputError, match=message) as error:
        render(PLAIN, run_folder)
    assert file in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("file", "keys", "value", "message"),
    [
        (DIGITS, "accuracy.mean", None, "key accuracy.mean is missing; run the stage evaluate_digits again"),
        (DIGITS, "guidance_scale", None, "key guidance_scale is missing"),
        (MORE_DIGITS, "accuracy_by_set.street", None, "accuracy_by_set: key street is missing"),
        (MORE_DIGITS, "accuracy.low", None, "accuracy: found no interval, expected low and high"),
        (MORE_DIGITS, "sweep", None, "key sweep is missing"),
        (MORE_DIGITS, "sweep", {}, "sweep: is empty"),
        (DIGITS, "accuracy.mean", "high", "accuracy.mean: found 'high', expected a number"),
        (DIGITS, "accuracy.mean", True, "accuracy.mean: found True, expected a number"),
        (DIGITS, "accuracy.mean", [1], "accuracy.mean: found [1], expected a number"),
        (DIGITS, "accuracy.mean", 99.3, "accuracy.mean: found 99.3, expected a fraction from 0 to 1"),
        (MORE_DIGITS, "frechet.mnistm", float("nan"), "frechet.mnistm: found nan, expected a finite number"),
        (MORE_DIGITS, "accuracy.n", 0.5, "accuracy.n: found 0.5, expected a whole number"),
        (MORE_DIGITS, "accuracy.low", 0.9999, "accuracy.low: found 0.9999, above its high"),
        (MORE_DIGITS, "accuracy.mean", 0.5, "accuracy.mean: stands in "),
        (MORE_DIGITS, "accuracy.extra", 0.5, "accuracy.extra: unknown key (value 0.5)"),
        (MORE_DIGITS, "ceiling", 1, "ceiling: found 1, expected an object"),
        (MORE_DIGITS, "by_digit.mnistm.digit_3", None, "by_digit.mnistm: key digit_3 is missing"),
        (DDIM, "digits.distance.eta_1.mean", None, "key digits.distance.eta_1.mean is missing; run the stage"),
        (MORE_DDIM, "digits.repeat", None, "key digits.repeat is missing; run the stage ddim_grids again"),
        (MORE_DDIM, "digits.norm", 1, "digits.norm: found 1, expected an object"),
        (MORE_DDIM, "digits.distance.later", {"mean": 1.0, "low": 0.0, "high": 2.0}, "found key 'later'"),
        (MORE_DDIM, "digits.distance.eta_05", {"mean": 1.0}, "digits.distance.eta_05: found no interval"),
    ],
)
def test_bad_key(file: str, keys: str, value: Any, message: str, run_folder: Path) -> None:
    alter(run_folder, file, keys, value)
    with pytest.raises(InputError) as error:
        render(PLAIN, run_folder)
    assert message in str(error.value) and file in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["fetch_digits/mnistm.png", "evaluate_digits/guidance.png", "ddim_grids/digits_eta.png"]
)
def test_bad_picture(name: str, run_folder: Path) -> None:
    path = run_folder / "plots" / name
    path.write_bytes(b"GIF89a")
    with pytest.raises(InputError, match="6 bytes that are no PNG"):
        render(PLAIN, run_folder)
    path.unlink()
    with pytest.raises(InputError, match=f"{name}: no such file; run the stage"):
        render(PLAIN, run_folder)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.slug)
def test_a_study_without_its_strip(study: Study, run_folder: Path) -> None:
    stage, path = study.stages[-1], run_folder / "plots" / study.stages[-1] / "summary.png"
    path.unlink()
    with pytest.raises(InputError) as error:
        render(PLAIN, run_folder)
    assert str(error.value) == f"{path}: no such file; run the stage {stage} first"
    grid(path, np.zeros((1, 1, 8, 8, 3), np.uint8))
    with pytest.raises(InputError) as error:
        render(PLAIN, run_folder)
    assert str(error.value) == f"{path}: its text does not say what it shows; run the stage {stage} again"


def run_stage(root: Path, section: str) -> subprocess.CompletedProcess[str]:
    (root / "params.yaml").write_text(f"report:\n{section}")
    return subprocess.run(
        [sys.executable, "-m", "stages.report"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_stage_writes_the_page_and_keeps_it_when_it_fails(run_folder: Path) -> None:
    good = '  title: "Title"\n  author: ""\n  note: ""\n'
    done = run_stage(run_folder, good)
    assert done.returncode == 0, done.stderr
    out = run_folder / "report" / "index.html"
    assert str(out) in done.stdout
    before = out.read_bytes()
    for section, message in (
        (good + "  colour: red\n", "report.colour: unknown key"),
        ("  title: 3\n", "report.title"),
    ):
        failed = run_stage(run_folder, section)
        assert (failed.returncode, failed.stderr.count("\n")) == (2, 1) and message in failed.stderr
    (run_folder / DDIM).unlink()
    failed = run_stage(run_folder, good)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert f"{DDIM}: no such file; run the stage ddim_grids first" in failed.stderr
    assert out.read_bytes() == before
    assert [path.name for path in (run_folder / "report").iterdir()] == ["index.html"]
