"""The three studies as stages: any CLIP in transformers' layout, the same bytes twice, one line where input is bad.

With REDIFFUSE_FULL_SIZE set they also run on a CLIP of ViT-B/32's full size, which takes minutes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rediffuse.data.labelled import write_labelled
from rediffuse.evaluation import intervals
from rediffuse.evaluation.held_out import compose_each
from rediffuse.evaluation.metrics import paths, read_metrics
from rediffuse.pipeline import stage
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics as PromptsMetrics
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics as RobustnessMetrics
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics as AccuracyMetrics
from tests.support.picture_folder import write_pictures
from tests.support.random_clip import write_full_clip, write_tiny_clip
from tests.support.small_pictures import small_pictures

ROOT = Path(__file__).parents[2]
SCHEMAS = {schema.STAGE: schema for schema in (PromptsMetrics, RobustnessMetrics, AccuracyMetrics)}
STAGES = tuple(SCHEMAS)
ANIMALS = ["cat", "dog", "bear", "elephant", "goat"]


def write_params(root: Path, **changes: Any) -> None:
    sections = {name: read_yaml(ROOT / "params.yaml")[name] for name in STAGES}
    sections["zeroshot_prompts"] |= {"candidates": ANIMALS, "pictures_per_drawing": 3}
    for section in sections.values():
        section["baseline_pictures"] = 200
    for section in sections.values():
        section.update(changes)
    with (root / "params.yaml").open("w") as file:
        YAML().dump(sections, file)


def change(root: Path, section: str, changes: dict[str, Any]) -> None:
    sections = read_yaml(root / "params.yaml")
    sections[section] |= changes
    with (root / "params.yaml").open("w") as file:
        YAML().dump(sections, file)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    pictures = small_pictures()
    write_pictures(root / "data" / "pictures", pictures)
    composed = compose_each(pictures, pictures.rows("clip", "test"), 2, 0, "labelled")
    kept = composed.thing < len(pictures.classes)  # the classes are the first things
    (root / "data" / "labelled").mkdir()
    write_labelled(root / "data" / "labelled", composed.images[kept], composed.thing[kept], pictures.classes)
    names = sorted(path.name for path in (root / "data" / "labelled").glob("*.png"))
    drawings = {name: f"{('three', 'five')[place // 2 % 2]}/{place // 2}" for place, name in enumerate(names)}
    (root / "data" / "labelled" / "drawings.json").write_text(json.dumps(drawings))
    write_tiny_clip(root / "models" / "clip")
    write_params(root)
    return root


def run(root: Path, name: str, capfd: pytest.CaptureFixture[str] | None = None) -> tuple[int, str]:
    """Run a stage in this process, which has the libraries loaded: its exit code and what it said on stderr."""
    module = importlib.import_module(f"stages.{name}")
    with contextlib.chdir(root):
        try:
            stage.run(name, module.Params, module.main)
        except SystemExit as ended:
            return int(ended.code or 0), capfd.readouterr().err if capfd else ""
    return 0, capfd.readouterr().err if capfd else ""


def run_apart(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT}{os.pathsep}{ROOT / 'src'}"
    return subprocess.run(
        [sys.executable, "-m", f"stages.{name}"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def digests(root: Path, name: str) -> dict[str, str]:
    files = [*sorted((root / "plots" / name).iterdir()), *paths(name, root)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def metrics_of(root: Path, name: str) -> dict[str, Any]:
    return read_metrics(SCHEMAS[name], root).model_dump(by_alias=True, exclude_none=True)


@pytest.fixture(scope="module")
def done(project: Path) -> Path:
    for name in STAGES:
        assert run(project, name)[0] == 0
    return project


@pytest.mark.parametrize("name", STAGES)
def test_same_bytes_twice_and_no_word_where_there_is_no_terminal(
    name: str, done: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = digests(done, name)
    assert run(done, name, capfd) == (0, "")
    assert digests(done, name) == before
    assert not list(done.rglob(".*.part"))


def test_keys_that_others_read(done: Path) -> None:
    prompts, robustness, accuracy = (metrics_of(done, name) for name in STAGES)
    assert prompts["animals"]["n"] == 5 * 2 * 3 and prompts["animals"]["drawings"] == 10
    assert 0 <= prompts["animals"]["low"] <= prompts["animals"]["accuracy"] <= prompts["animals"]["high"] <= 1
    read = [drawing["accuracy"] for own in prompts["by_animal"].values() for drawing in own["drawings"].values()]
    right = [place < round(3 * share) for share in read for place in range(3)]
    by_drawing = intervals.clustered_proportion(right, [drawing for drawing in range(10) for _ in range(3)])
    for key in ("low", "high"):
        assert prompts["animals"][key] == pytest.approx(by_drawing[key], abs=1e-4)
    lead = prompts["animals"]["baseline_1nn"]["lead"]
    nearest = prompts["animals"]["baseline_1nn"]["accuracy"]
    assert lead["mean"] == pytest.approx(prompts["animals"]["accuracy"] - nearest, abs=2e-4)
    first, *others = prompts["templates"].values()
    assert "change" not in first
    for found in others:
        assert found["change"]["mean"] == pytest.approx(found["accuracy"] - first["accuracy"], abs=2e-4)
        assert 0 <= found["drawings_changed"] <= prompts["animals"]["drawings"]
        assert found["drawings_changed"] or found["change"]["mean"] == 0
    for found in prompts["templates"].values():
        less = prompts["ensemble"]["accuracy"] - found["accuracy"]
        assert found["ensemble_less"]["mean"] == pytest.approx(less, abs=2e-4)
    mean = prompts["spread"]["mean"]
    assert prompts["ensemble"]["change"]["mean"] == pytest.approx(prompts["ensemble"]["accuracy"] - mean, abs=2e-4)
    for own in prompts["by_animal"].values():
        assert list(own["drawings"]) == ["three", "five"] and all(d["n"] == 3 for d in own["drawings"].values())
        assert own["accuracy"] == pytest.approx(sum(d["accuracy"] for d in own["drawings"].values()) / 2, abs=1e-4)
    for found in (
        *prompts["photograph"].values(),
        *({t: e["mean"] for t, e in part.items()} for part in prompts["drawn"].values()),
    ):
        assert sum(found.values()) == pytest.approx(1, abs=5e-4)
    for kind in ("noise", "blur", "rotation"):
        assert list(robustness[kind]) == [f"severity_{severity}" for severity in range(1, 6)]
    errors = [1 - value["mean"] for kind in ("noise", "blur", "rotation") for value in robustness[kind].values()]
    overall = robustness["mce"]
    assert overall["mean"] == pytest.approx(sum(errors) / 15, abs=1e-3)
    assert overall["low"] <= overall["mean"] <= overall["high"]
    told, errors = robustness["difference"], robustness["corruption_error"]
    assert told["worst"] == max(errors, key=lambda kind: errors[kind])
    for kind, found in told["worst_less"].items():
        assert found["mean"] == pytest.approx(errors[told["worst"]] - errors[kind], abs=2e-4)
    for kind, fall in told["fall"].items():
        assert fall["mean"] == pytest.approx(
            robustness[kind]["severity_5"]["mean"] - robustness["clean"]["mean"], abs=2e-4
        )
        steps = [step["mean"] for step in told["steps"][kind].values()]
        assert sum(steps) == pytest.approx(fall["mean"], abs=5e-4) and fall["low"] <= fall["mean"] <= fall["high"]
    shares = prompts["photograph"]["representation"]
    answer = robustness["photograph_answer"]
    assert answer["clean"] == max(shares, key=lambda name: shares[name]) and answer["asked"] == "cat"
    for kind in ("noise", "blur", "rotation"):
        assert list(answer[kind]) == [f"severity_{s}" for s in range(1, 6)] and set(answer[kind].values()) <= set(
            shares
        )
        for severity, found in answer[kind].items():  # the right answer has the largest of five shares, above a fifth
            assert found != "cat" or robustness["photograph"][kind][severity] > 0.2 - 1e-6
    assert {"acc1", "acc5", "mean_per_class_recall", "low", "high", "n"} <= set(accuracy)
    assert accuracy["n"] == 24 and accuracy["acc1"] == accuracy["wordings"]["course"]["acc1"]
    assert accuracy["all_things"]["n"] == 11 * 2 * 2 and accuracy["unseen_things"]["n"] == 5 * 2
    assert accuracy["drawings"] == robustness["drawings"] == 12, "two pictures of each drawing"
    assert set(accuracy["by_style"]) == {"three", "five"} and accuracy["by_style"]["three"]["n"] == 12
    nearest = accuracy["baseline_1nn"]
    assert nearest["lead"]["mean"] == pytest.approx(accuracy["acc1"] - nearest["acc1"], abs=2e-4)
    assert robustness["baseline_1nn"]["acc1"] == nearest["acc1"], "the same pictures, the same neighbours"
    assert accuracy["on_white"]["classes"]["n"] == 6 * 2 and accuracy["on_white"]["all_things"]["n"] == 11 * 2
    assert "baseline_1nn" not in accuracy["unseen_things"]
    assert accuracy["unseen_pairs"]["n"] == 11 * 3 and accuracy["unseen_pairs"]["pairs"] == 11


def test_the_photograph_is_corrupted_alike_whatever_else_is(done: Path, tmp_path: Path) -> None:
    root = tmp_path / "fewer"
    shutil.copytree(done, root)
    change(root, "zeroshot_robustness", {"per_class": 1})
    assert run(root, "zeroshot_robustness")[0] == 0
    found = metrics_of(root, "zeroshot_robustness")
    assert found["n"] == 6
    assert found["photograph"] == metrics_of(done, "zeroshot_robustness")["photograph"]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("zeroshot_accuracy", {"model": "models/none"}, "found 'models/none', no such folder"),
        ("zeroshot_robustness", {"revision": "main"}, "zeroshot_robustness.revision"),
        ("zeroshot_prompts", {"revision": 40 * "a", "model": "models/a/b"}, "must be a hub id owner/name"),
        ("zeroshot_prompts", {"template": "no place"}, "zeroshot_prompts.template"),
        ("zeroshot_prompts", {"candidates": ["cat", "unicorn"]}, "'unicorn' is no thing of data/pictures"),
        ("zeroshot_prompts", {"candidates": ["owl", "cat"]}, "no drawing of 'owl' was kept from CLIP"),
        ("zeroshot_prompts", {"descriptions": ["a cat", "x" * 70]}, "has 72 tokens with the first and the last"),
        ("zeroshot_accuracy", {"wording": "none"}, "zeroshot_accuracy: wording must be one of course"),
        ("zeroshot_accuracy", {"batch_size": 0}, "zeroshot_accuracy.batch_size: found 0"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    name: str,
    changes: dict[str, Any],
    message: str,
    project: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "bad"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("plots", "metrics"))
    change(root, name, changes)
    code, told = run(root, name, capfd)
    assert (code, told.count("\n")) == (2, 1), told
    assert message in told
    assert not list((root / "plots").glob("*")) and not list((root / "metrics").glob("*"))


@pytest.mark.skipif(not os.environ.get("REDIFFUSE_FULL_SIZE"), reason="minutes; set REDIFFUSE_FULL_SIZE to run it")
def test_a_clip_of_full_size(project: Path, tmp_path: Path) -> None:
    """Prints seconds and peak memory of each study; with ``-s`` they are seen."""
    root = tmp_path / "full"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("plots", "metrics", "models"))
    write_full_clip(root / "models" / "clip")
    write_params(root, batch_size=32)
    for name in STAGES:
        start = time.perf_counter()
        ended = run_apart(root, name)
        assert ended.returncode == 0, ended.stderr
        seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(f"{name}: {seconds:.0f} s, at most {peak:.1f} GiB so far")
        assert metrics_of(root, name)
    assert metrics_of(root, "zeroshot_robustness")["level"]["blur"]["severity_5"] == 6
