"""Study A6 on a tiny model: what is counted, and the stage from params to files."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from ruamel.yaml import YAML
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.evaluation import intervals
from rediffuse.evaluation.metrics import read_metrics
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.pipeline import stage
from rediffuse.pipeline.params import read_yaml
from rediffuse.report.sections.a6_edit_attribute_findings import findings
from rediffuse.studies.a6_edit_attribute.measures import edit_metrics
from rediffuse.studies.a6_edit_attribute.metrics import Metrics
from rediffuse.studies.a6_edit_attribute.params import Params
from rediffuse.studies.a6_edit_attribute.study import Edited, EditResult, choose_scale, equal_scale, examples
from stages.edit_attribute import NAME, main
from tests.support.picture_folder import write_pictures
from tests.support.small_pictures import THINGS, small_pictures
from tests.support.small_text2image import save_small_pipeline

ROOT = Path(__file__).parents[3]
SMALL: dict[str, Any] = {
    "batch_size": 4,
    "drawing": {"num_inference_steps": 2, "guidance_scale": 2.0},
    "things": 3,
    "pictures_per_thing": 2,
    "scales": [2.0, 5.0],
    "shown": 3,
    "strip": {"source": "a picture of a cat at night", "target": "a picture of a cat by day", "pictures": 1},
}


def edited(changed: Tensor, kept: Tensor, *, right: Tensor) -> Edited:
    count = changed.shape[1]
    images = torch.zeros(len(changed), count, 3, 8, 8, dtype=torch.uint8)
    every = torch.ones(count, dtype=torch.bool)
    return Edited(torch.arange(count) // 2, images, every, right, changed, kept, torch.rand(changed.shape))


def flags(*rows: str) -> Tensor:
    return torch.tensor([[mark == "x" for mark in row] for row in rows])


def test_the_scale_is_chosen_by_right_sources_and_the_least_of_equals() -> None:
    changed, kept = flags("....", "xx..", "xxx.", "xxxx"), flags("xxxx", "xxxx", ".xxx", ".xxx")
    assert choose_scale(edited(changed, kept, right=flags("x.xx")[0])) == 3  # both: 1, 1, 2 of three
    assert choose_scale(edited(changed, kept, right=flags("xx..")[0])) == 1  # both: 2, 1, 1 of two
    assert choose_scale(edited(changed, kept, right=flags("....")[0])) == 3  # of all: 2, 2, 3


def test_the_rival_meets_the_least_scale_that_changes_as_often() -> None:
    changed, kept = flags("....", "x...", "xxx.", "xxxx"), flags("xxxx", "xxxx", "xxxx", "xxxx")
    choosing = edited(changed, kept, right=flags("xxx.")[0])
    assert equal_scale(choosing, edited(flags("xx.x"), flags("xxxx"), right=choosing.known)) == 2  # 2 of three: 1, 3
    assert equal_scale(choosing, edited(flags("...x"), flags("xxxx"), right=choosing.known)) == 1
    never = edited(flags("....", "x...", "xx..", "x..x"), kept, right=flags("xxx.")[0])
    assert equal_scale(never, edited(flags("xxx."), flags("xxxx"), right=never.known)) == 3  # the last


def result_of(right: Tensor) -> EditResult:
    changed, kept = flags("....", "xx.x", "xxxx"), flags("xxxx", "xxx.", "x..x")
    found = edited(changed, kept, right=right)
    again = edited(flags("xxxx"), flags("x.x."), right=right)
    return EditResult((0.0, 2.0, 5.0), 1, 2, found, again, found, torch.rand(4), found.images)


def test_shares_are_of_right_sources_and_of_all() -> None:
    metrics = edit_metrics(result_of(flags("x.xx")[0]))
    best = metrics["best"]
    assert (best["scale"], best["n"]) == (2.0, 3)
    assert [best[key]["mean"] for key in ("changed", "kept", "both")] == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    unconditional = best["unconditional"]
    assert [unconditional[key]["mean"] for key in ("changed", "kept", "both")] == [0.75, 0.75, 0.5]
    assert unconditional["n"] == 4
    assert metrics["source"]["right"]["mean"] == 0.75 and metrics["things"] == {"all": 2, "right": 2}
    assert metrics["redrawn"]["changed"]["mean"] == 1 and list(metrics["curve"]) == ["0", "2", "5"]


def test_steering_is_compared_source_by_source() -> None:
    right = flags("x.xx")[0]
    result = result_of(right)
    metrics = edit_metrics(result)
    against, push = metrics["against_redrawn"], metrics["push"]
    # Of the sources 0, 2 and 3 the first scale changes 0 and 3, the second all, drawing anew all.
    assert (against["best"]["scale"], against["equal"]["scale"]) == (2.0, 5.0)
    assert against["best"]["changed"]["mean"] == pytest.approx(-1 / 3)
    assert against["equal"]["changed"]["mean"] == 0 and push["changed"]["mean"] == pytest.approx(1 / 3)
    assert against["equal"]["kept"]["mean"] == pytest.approx(0)  # x..x against x.x.
    edges = (result.edited.edges[1] - result.redrawn.edges[0])[right]
    assert against["best"]["edges"]["mean"] == pytest.approx(float(edges.mean()), abs=1e-6)
    found = against["best"]["changed"]
    assert found["low"] < found["mean"] < found["high"]


def test_no_right_source_leaves_every_share_open() -> None:
    metrics = edit_metrics(result_of(flags("....")[0]))
    assert metrics["best"]["n"] == 0 and metrics["best"]["both"] == {"mean": 0.0, "low": 0.0, "high": 1.0}
    json.dumps(metrics, allow_nan=False)


def test_examples_are_of_different_things() -> None:
    result = result_of(flags("xx.x")[0])
    assert len(examples(result, 5, 0)) == 2 and len(examples(result, 1, 0)) == 1
    assert 2 not in examples(result, 5, 0)


def test_the_interval_by_cluster() -> None:
    right = torch.tensor([1, 0, 1, 1, 0, 0, 1, 0, 1, 1], dtype=torch.bool)
    alone = intervals.clustered_proportion(right, range(10))
    wilson = intervals.proportion(right.numpy())
    assert (alone["low"], alone["high"]) == pytest.approx((wilson["low"], wilson["high"]))
    twins = intervals.clustered_proportion(right.repeat(2), [*range(10), *range(10)])
    assert twins["low"] < alone["low"] and twins["n"] == 20, "ten things and not twenty pictures are independent"
    certain = intervals.clustered_proportion([True] * 20, [0, 1, 2, 3] * 5)
    assert certain["low"] == pytest.approx(intervals.proportion([True] * 4)["low"]) and certain["high"] == 1
    none = {"mean": 0.0, "low": 0.0, "high": 1.0, "n": 0, "clusters": 0}
    assert intervals.clustered_proportion([], []) == none


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    pictures = small_pictures()
    write_pictures(root / "data" / "pictures", pictures)
    save_small_pipeline(root / "models" / "text2image", pictures)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        judge = PictureJudge(THINGS, SCENES, pictures.styles, widths=(8, 8, 8))
    judge.save_pretrained(root / "models" / "picture_judge")
    write_params(root)
    return root


def write_params(root: Path, **changes: Any) -> None:
    section = read_yaml(ROOT / "params.yaml")[NAME] | SMALL
    section["words"] = dict(section["words"]) | {"things": 11}
    with (root / "params.yaml").open("w") as file:
        YAML().dump({NAME: section | changes}, file)


@pytest.fixture
def inside(project: Path) -> Iterator[Path]:
    with contextlib.chdir(project):
        yield project


def digests(root: Path) -> dict[str, str]:
    files = [*(root / "plots").rglob("*.*"), *(root / "metrics").rglob("*.json")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_stage_writes_the_same_bytes_twice(inside: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_params(inside)
    stage.run(NAME, Params, main)
    first = digests(inside)
    names = {Path(name).name for name in first}
    sheets = {"curves.png", "edges.png", "strip.png", "summary.png", "things.png"}
    assert names == sheets | {"curves.csv", f"{NAME}.json"} | {f"{place:02d}.png" for place in range(3)}
    numbers = read_metrics(Metrics, inside)
    assert numbers.best.unconditional.n == 6 and numbers.scales == [0, 2, 5]
    assert findings(numbers)
    capfd.readouterr()
    stage.run(NAME, Params, main)
    assert digests(inside) == first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"things": 11}, "edit_attribute.things: found 11, only"),
        ({"model": "models/none"}, "found 'models/none', no such folder"),
        ({"strip": {**SMALL["strip"], "source": "x" * 70}}, "tokens"),
    ],
)
def test_bad_input_is_one_line(
    changes: dict[str, Any], message: str, inside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_params(inside, **changes)
    with pytest.raises(SystemExit) as ended:
        stage.run(NAME, Params, main)
    told = capfd.readouterr().err
    assert ended.value.code == 2 and message in told.splitlines()[-1]
